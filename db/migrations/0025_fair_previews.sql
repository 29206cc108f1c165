DROP INDEX "documents_processing";--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "heavy" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "documents_waiting" ON "documents" USING btree (coalesce(link_id, uploaded_by),"created_at") WHERE state = 'processing' and deleted_at is null;