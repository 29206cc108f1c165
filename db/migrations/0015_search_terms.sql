ALTER TABLE "installation" ADD COLUMN "search_terms_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Saved views keep no phone or ID number.
UPDATE "saved_views" SET "query" = btrim(regexp_replace("query", '(^|&)search=[^&]*', '', 'g'), '&')
WHERE regexp_replace(coalesce(substring("query" from '(?:^|&)search=([^&]*)'), ''), '%[0-9A-Fa-f]{2}|[-+.]', '', 'g') ~ '[0-9]{7}';
