ALTER TABLE "documents" ADD COLUMN "page_total" smallint;--> statement-breakpoint
-- What customers' pages were told named the files of everybody with a link: pages that are behind take a new snapshot.
UPDATE "stream_head" SET "trimmed_to" = "seq" WHERE "stream" LIKE 'customer:%:portal';--> statement-breakpoint
DELETE FROM "stream_event" WHERE "stream" LIKE 'customer:%:portal';
