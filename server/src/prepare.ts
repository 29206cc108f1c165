import '@qijian/db/quick-imports.ts';
import { resolve } from 'node:path';

// Brings the database to the newest schema, then adds what every installation needs; with --demo also the demo
// accounts and customers. Harmless to repeat.
const url = process.env.DATABASE_URL;
if (!url) {
  process.stderr.write('DATABASE_URL is not set: it names the database to prepare.\n');
  process.exit(1);
}
const { migrate } = await import('@qijian/db/migrate.ts');
await migrate(url);
if (process.env.DATA_DIR) await checkFiles(url, resolve(process.env.DATA_DIR, 'files'));
await import('./seed/main.ts');

/** Before anything is added: files of another installation end the start here, with a sentence about what to do. */
async function checkFiles(url: string, folder: string): Promise<void> {
  const { connect } = await import('@qijian/db/client.ts');
  const { openLocalFiles } = await import('@qijian/core/files/local-files.ts');
  const { pairFiles, WrongFiles } = await import('@qijian/core/files/pairing.ts');
  const { db, close } = connect(url, { max: 1, applicationName: 'qijian-prepare' });
  try {
    await pairFiles(db, openLocalFiles(folder));
  } catch (error) {
    if (!(error instanceof WrongFiles)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  } finally {
    await close();
  }
}
