DROP INDEX "customers_search";--> statement-breakpoint
DROP INDEX "customers_missing";--> statement-breakpoint
CREATE INDEX "customers_due_open" ON "customers" USING btree ("due_at","id") WHERE deleted_at is null and due_at is not null and status in ('pending', 'complete');--> statement-breakpoint
CREATE INDEX "customers_find" ON "customers" USING gin ((search_terms || missing || array['status:' || status,
  'owner:' || coalesce(owner_id::text, ''), 'branch:' || coalesce(branch, ''), 'product:' || coalesce(product, '')]
  || case when has_returned then '{returned:}'::text[] else '{}'::text[] end
  || case when cardinality(missing) = 1 then array['only:' || missing[1]] else '{}'::text[] end)) WITH (gin_pending_list_limit=512) WHERE deleted_at is null;