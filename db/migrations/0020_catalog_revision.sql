ALTER TABLE "installation" ADD COLUMN "catalog_revision" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
CREATE FUNCTION catalog_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE installation SET catalog_revision = gen_random_uuid();
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER document_types_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "document_types" FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();--> statement-breakpoint
CREATE TRIGGER checklists_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "checklists" FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
