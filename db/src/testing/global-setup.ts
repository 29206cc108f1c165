import { startPostgres } from '@qijian/ops/start/embedded/postgres.ts';
import { startRedis } from '@qijian/ops/start/embedded/redis.ts';
import postgres from 'postgres';
import { migrate } from '../migrate.ts';
import { removeDataDir, TEMPLATE_DATABASE, TOOLS_DIR, temporaryDataDir } from './services.ts';

/**
 * Starts one real Postgres, holding a migrated template database, and one real Redis for all integration tests;
 * the tests reach them through createTestDatabase and createTestRedis.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = temporaryDataDir();
  const [database, redis] = await Promise.all([
    startPostgres({ dataDir, settings: { max_connections: '300' } }),
    startRedis({ dataDir, toolsDir: TOOLS_DIR }),
  ]);
  const teardown = async () => {
    await Promise.all([redis.stop(), database.stop()]);
    removeDataDir(dataDir);
  };
  try {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    await sql.unsafe(`create database ${TEMPLATE_DATABASE}`);
    await sql.end();
    const template = new URL(database.url);
    template.pathname = TEMPLATE_DATABASE;
    await migrate(template.href);
  } catch (error) {
    await teardown();
    throw error;
  }
  process.env.TEST_DATABASE_URL = database.url;
  process.env.TEST_REDIS_URL = redis.url;
  return teardown;
}
