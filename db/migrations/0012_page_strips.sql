ALTER TABLE "document_pages" ADD COLUMN "strip" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "document_pages" DROP CONSTRAINT "document_pages_document_id_page_pk";--> statement-breakpoint
ALTER TABLE "document_pages" ADD CONSTRAINT "document_pages_document_id_page_strip_pk" PRIMARY KEY("document_id","page","strip");
