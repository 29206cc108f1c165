import { resolve } from 'node:path';
import { connect } from '@qijian/db/client.ts';
import { openLocalFiles } from '@qijian/db/files/local-files.ts';
import { readUnfinishedPreviews } from '@qijian/db/queries/documents.ts';
import { createProducer } from '@qijian/db/queue/producer.ts';
import { seedCatalog } from './catalog.ts';
import { seedDemo } from './demo.ts';

/** The reconciler would ask too, but only after a while: whoever looks around sees pictures at once. */
async function askForPreviews(redisUrl: string): Promise<void> {
  const jobs = createProducer(redisUrl, { warn() {}, debug() {} });
  for (const documentId of await readUnfinishedPreviews(db, 0, 1000)) {
    await jobs.enqueue('document.make-preview', { documentId });
  }
  await jobs.close();
}

// What every installation starts with; with --demo also accounts and customers to look around with. Harmless to repeat.
const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set: it names the database to add to.');
const { db, close } = connect(url, { max: 4, applicationName: 'qijian-seed' });
try {
  await seedCatalog(db);
  if (process.argv.includes('--demo')) {
    await seedDemo(db, openLocalFiles(resolve(process.env.DATA_DIR || '.data', 'files')));
    if (process.env.REDIS_URL) await askForPreviews(process.env.REDIS_URL);
  }
} finally {
  await close();
}
