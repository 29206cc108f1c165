CREATE TABLE "link_reservations" (
	"upload_id" uuid PRIMARY KEY NOT NULL,
	"link_id" uuid NOT NULL,
	"bytes" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "link_reservations" ADD CONSTRAINT "link_reservations_link_id_upload_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."upload_links"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "link_reservations_link" ON "link_reservations" USING btree ("link_id");--> statement-breakpoint
ALTER TABLE "upload_links" DROP COLUMN "files";--> statement-breakpoint
ALTER TABLE "upload_links" DROP COLUMN "bytes";