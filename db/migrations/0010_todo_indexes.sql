CREATE INDEX "customers_todo" ON "customers" USING btree ("owner_id") WHERE deleted_at is null and (status = 'complete'
        or (status = 'pending' and (has_returned or requested_types <> '[]')));--> statement-breakpoint
CREATE INDEX "customers_todo_due" ON "customers" USING btree ("owner_id","due_at") WHERE deleted_at is null and due_at is not null and status in ('pending', 'complete');