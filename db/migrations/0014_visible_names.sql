ALTER TABLE "audit_log" ADD COLUMN "actor_username" text;--> statement-breakpoint
-- Display names as `visibleText` keeps them from now on; one of which nothing can be seen becomes the user name.
UPDATE "users" SET "display_name" = coalesce(nullif(btrim(regexp_replace(regexp_replace(normalize("display_name", NFC),
  U&'[\0001-\0008\000E-\001F\007F-\0084\0086-\009F\00AD\034F\061C\115F\1160\17B4\17B5\180B-\180F\200B-\200F\202A-\202E\2060-\206F\3164\FE00-\FE0F\FEFF\FFA0\FFF0-\FFFB]', '', 'g'),
  U&'[\0009-\000D\0020\0085\00A0\1680\2000-\200A\2028\2029\202F\205F\2800\3000]+', ' ', 'g')), ''), "username");
