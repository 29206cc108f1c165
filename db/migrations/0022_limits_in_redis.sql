ALTER TABLE "notifications" DROP CONSTRAINT "notifications_kind";--> statement-breakpoint
ALTER TABLE "upload_links" DROP COLUMN "requests";--> statement-breakpoint
ALTER TABLE "upload_links" DROP COLUMN "window_started_at";--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_kind" CHECK ("notifications"."kind" in ('mention', 'returned', 'approved', 'rejected', 'claimed-away', 'claim-requested', 'link-locked', 'upload-after-submission', 'many-downloads'));