import { resolve } from 'node:path';
import { connect } from '@qijian/db/client.ts';
import { openLocalFiles } from '@qijian/db/files/local-files.ts';
import { seedCatalog } from './catalog.ts';
import { seedDemo } from './demo.ts';

// What every installation starts with; with --demo also accounts and customers to look around with. Harmless to repeat.
const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set: it names the database to add to.');
const { db, close } = connect(url, { max: 4, applicationName: 'qijian-seed' });
try {
  await seedCatalog(db);
  if (process.argv.includes('--demo')) {
    await seedDemo(db, openLocalFiles(resolve(process.env.DATA_DIR || '.data', 'files')));
  }
} finally {
  await close();
}
