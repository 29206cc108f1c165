import { fileURLToPath } from 'node:url';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { connect } from './client.ts';

/** Brings the database at `url` to the newest schema; several processes may call it at once. */
export async function migrate(url: string): Promise<void> {
  const { db, sql, close } = connect(url, { max: 1, applicationName: 'qijian-migrate' });
  try {
    await sql`select pg_advisory_lock(7163501)`;
    await drizzleMigrate(db, { migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) });
  } finally {
    await close();
  }
}
