import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { connect, type Db } from './client.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings the database at `url` to the newest schema; several processes may call it at once. */
export async function migrate(url: string, migrationsFolder = MIGRATIONS): Promise<void> {
  const { db, sql: client, close } = connect(url, { max: 1, applicationName: 'qijian-migrate' });
  try {
    // Waiting for another process or altering a large table takes longer than any request may.
    await client`set statement_timeout = 0`;
    await client`select pg_advisory_lock(7163501)`;
    await drizzleMigrate(db, { migrationsFolder });
  } finally {
    await close();
  }
}

/** Whether the database has every migration of this program; a newer database is fine. */
export async function isMigrated(db: Db): Promise<boolean> {
  const journal = new URL('../migrations/meta/_journal.json', import.meta.url);
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { when: number }[] };
  const rows = await db.execute<{ last: number }>(
    sql`select max(created_at)::float8 as last from drizzle.__drizzle_migrations`,
  );
  return Number(rows[0]?.last ?? 0) >= Math.max(...entries.map((entry) => entry.when));
}
