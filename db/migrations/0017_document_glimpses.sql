CREATE TABLE "document_glimpses" (
	"viewer_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	CONSTRAINT "document_glimpses_viewer_id_document_id_hour_pk" PRIMARY KEY("viewer_id","document_id","hour")
);
--> statement-breakpoint
ALTER TABLE "document_glimpses" ADD CONSTRAINT "document_glimpses_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;