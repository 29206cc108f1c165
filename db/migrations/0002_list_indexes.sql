DROP INDEX "customers_due";--> statement-breakpoint
DROP INDEX "customers_branch";--> statement-breakpoint
CREATE INDEX "customers_product" ON "customers" USING btree ("product","updated_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_returned" ON "customers" USING btree ("updated_at","id") WHERE deleted_at is null and has_returned;--> statement-breakpoint
CREATE INDEX "customers_due" ON "customers" USING btree (coalesce(due_at, 'infinity'),"id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_branch" ON "customers" USING btree ("branch","updated_at","id") WHERE deleted_at is null;