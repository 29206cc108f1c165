import { sql } from 'drizzle-orm';
import type { Db } from '../client.ts';

/**
 * For monitoring: our connections by process and state, how many committed events wait for their number, and how many
 * customers the nightly runs of the last week found with a completeness that no command had left there: 0.
 */
export async function readFigures(db: Db): Promise<{
  connections: { application: string; state: string; count: number }[];
  unnumbered: number;
  drift: number;
}> {
  const connections = await db.execute<{ application: string; state: string; count: number }>(sql`
    select application_name as application, coalesce(state, 'unknown') as state, count(*)::int as count
    from pg_stat_activity where datname = current_database() and application_name like 'qijian%'
    group by 1, 2`);
  const waiting = await db.execute<{ count: number }>(sql`select count(*)::int as count from outbox`);
  const drifted = await db.execute<{ count: number }>(sql`
    select coalesce(sum(drift), 0)::int as count from recalculations where night > now() - interval '7 days'`);
  return {
    connections: [...connections],
    unnumbered: waiting[0]?.count ?? 0,
    drift: drifted[0]?.count ?? 0,
  };
}
