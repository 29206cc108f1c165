import { resolve } from 'node:path';
import { connect } from '@qijian/db/client.ts';
import { isEmpty } from '@qijian/db/queries/demo.ts';
import { seedCatalog } from './catalog.ts';

/** Accounts and customers to look around with, and their pictures at once: the reconciler asks only after a while. */
async function seedAll(): Promise<void> {
  const { seedDemo } = await import('./demo.ts');
  const { openLocalFiles } = await import('@qijian/core/files/local-files.ts');
  await seedDemo(db, openLocalFiles(resolve(process.env.DATA_DIR || '.data', 'files')));
  if (!process.env.REDIS_URL) return;
  const { createProducer } = await import('@qijian/core/jobs/producer.ts');
  const { readUnfinishedPreviews } = await import('@qijian/db/queries/document-previews.ts');
  const jobs = createProducer(process.env.REDIS_URL, { warn() {}, debug() {} });
  for (const { id: documentId, ...place } of await readUnfinishedPreviews(db, 0, 1000)) {
    await jobs.enqueue('document.make-preview', { documentId }, { place });
  }
  await jobs.close();
}

// Seeds what every installation needs; --demo adds accounts and customers to try it with. Idempotent, and quick
// when repeated: modules that only the first start needs are loaded on demand.
const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set: it names the database to add to.');
const { db, close } = connect(url, { max: 4, applicationName: 'qijian-seed' });
try {
  await seedCatalog(db);
  if (process.argv.includes('--demo') && (await isEmpty(db))) await seedAll();
} finally {
  await close();
}
