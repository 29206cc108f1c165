import '@qijian/db/quick-imports.ts';

// Brings the database to the newest schema, then adds what every installation needs; with --demo also the demo
// accounts and customers. Harmless to repeat.
const url = process.env.DATABASE_URL;
if (!url) {
  process.stderr.write('DATABASE_URL is not set: it names the database to prepare.\n');
  process.exit(1);
}
const { migrate } = await import('@qijian/db/migrate.ts');
await migrate(url);
await import('../src/seed/main.ts');
