-- Of several views of one name the later ones get a number behind it; as that may be the name of another, again and again.
DO $$
BEGIN
  LOOP
    UPDATE "saved_views" v SET "name" = btrim(v."name") || ' ' || same.place
    FROM (SELECT "id", row_number() OVER (
      PARTITION BY "user_id", lower(normalize(btrim("name"), NFKC)) ORDER BY "created_at", "id"
    ) AS place FROM "saved_views") same
    WHERE same."id" = v."id" AND same.place > 1;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;--> statement-breakpoint
CREATE UNIQUE INDEX "saved_views_name" ON "saved_views" USING btree ("user_id",lower(normalize(btrim("name"), NFKC)));
