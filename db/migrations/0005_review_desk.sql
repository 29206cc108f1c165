CREATE TABLE "comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"document_id" uuid,
	"author_id" uuid NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"body" text NOT NULL,
	"mentions" uuid[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"edited_at" timestamp with time zone,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "document_pages" (
	"document_id" uuid NOT NULL,
	"page" smallint NOT NULL,
	"state" text DEFAULT 'processing' NOT NULL,
	"failure" text,
	"attempted_at" timestamp with time zone,
	CONSTRAINT "document_pages_document_id_page_pk" PRIMARY KEY("document_id","page"),
	CONSTRAINT "document_pages_state" CHECK ("document_pages"."state" in ('processing', 'ready', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"customer_id" uuid NOT NULL,
	"document_id" uuid,
	"comment_id" uuid,
	"actor" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp with time zone,
	CONSTRAINT "notifications_kind" CHECK ("notifications"."kind" in ('mention', 'returned', 'approved', 'rejected', 'claimed-away', 'claim-requested', 'link-locked', 'upload-after-submission'))
);
--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "claim_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "claim_lost_by" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "submissions" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "supplements" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "waiting_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "waited_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "first_approved_by" uuid;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "first_approved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "decision" text;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "decided_by" uuid;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "decided_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "reason_codes" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "previous_review" jsonb;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document_pages" ADD CONSTRAINT "document_pages_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comments_customer" ON "comments" USING btree ("customer_id","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "comments_document" ON "comments" USING btree ("document_id","id") WHERE document_id is not null;--> statement-breakpoint
CREATE INDEX "notifications_user" ON "notifications" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "notifications_unread" ON "notifications" USING btree ("user_id","kind","customer_id") WHERE read_at is null;--> statement-breakpoint
CREATE INDEX "notifications_customer" ON "notifications" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "notifications_document" ON "notifications" USING btree ("document_id") WHERE document_id is not null;--> statement-breakpoint
CREATE INDEX "notifications_comment" ON "notifications" USING btree ("comment_id") WHERE comment_id is not null;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_first_approved_by_users_id_fk" FOREIGN KEY ("first_approved_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_decided_by_users_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customers_waiting" ON "customers" USING btree ("waiting_since","id") WHERE status = 'reviewing' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_submitted" ON "customers" USING btree ("submitted_at","id") WHERE status = 'reviewing' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_claim" ON "customers" USING btree ("claim_until") WHERE claimed_by is not null;--> statement-breakpoint
CREATE INDEX "customers_decided" ON "customers" USING btree ("decided_at","id") WHERE decided_at is not null;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_decision" CHECK ("customers"."decision" in ('approved', 'rejected', 'returned'));--> statement-breakpoint
UPDATE "customers" SET "submissions" = 1 WHERE "submitted_at" IS NOT NULL;--> statement-breakpoint
UPDATE "customers" SET "submitted_at" = coalesce("submitted_at", "updated_at"), "waiting_since" = coalesce("submitted_at", "updated_at") WHERE "status" = 'reviewing';--> statement-breakpoint
UPDATE "customers" SET "claim_until" = now() WHERE "claimed_by" IS NOT NULL;--> statement-breakpoint
UPDATE "documents" SET "reason_codes" = array["reason_code"] WHERE "reason_code" IS NOT NULL;
