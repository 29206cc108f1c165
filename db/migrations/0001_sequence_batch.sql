-- Numbers up to n outbox rows. Called after commit by whoever committed, and on a timer; one at a time by the lock,
-- which is a statement of its own so that the move below takes its snapshot after the previous caller has committed.
CREATE FUNCTION sequence_batch(n integer) RETURNS TABLE (stream text, head bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(7163502);
  RETURN QUERY
  WITH moved AS (
    DELETE FROM outbox WHERE id = ANY (ARRAY(SELECT id FROM outbox ORDER BY id LIMIT n)) RETURNING *
  ), numbered AS (
    SELECT m.*, row_number() OVER (PARTITION BY m.stream ORDER BY m.id) AS nth,
           count(*) OVER (PARTITION BY m.stream) AS many
    FROM moved m
  ), heads AS (
    INSERT INTO stream_head AS h (stream, seq)
    SELECT m.stream, count(*) FROM moved m GROUP BY m.stream ORDER BY m.stream
    ON CONFLICT (stream) DO UPDATE SET seq = h.seq + excluded.seq
    RETURNING h.stream, h.seq
  ), appended AS (
    INSERT INTO stream_event (stream, seq, event_id, entity_type, entity_id, version, type, at, actor, data)
    SELECT e.stream, heads.seq - e.many + e.nth, e.event_id, e.entity_type, e.entity_id, e.version, e.type, e.at,
           e.actor, e.data
    FROM numbered e JOIN heads ON heads.stream = e.stream
  )
  SELECT heads.stream, heads.seq FROM heads;
END $$;
--> statement-breakpoint
INSERT INTO installation (id, epoch) VALUES (1, gen_random_uuid());
