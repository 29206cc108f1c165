import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@qijian/db/client.ts';
import { derivativeKey, FileMissing, type FileStorage } from '@qijian/db/files/file-storage.ts';
import { askForPage, type PageRow, readPage } from '@qijian/db/queries/document-pages.ts';
import { readDocument } from '@qijian/db/queries/documents.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import type { Producer } from '@qijian/db/queue/producer.ts';
import type { PageTextBody } from '@qijian/domain/contract/api/documents.ts';
import { Problem } from '../../plugins/problem.ts';
import { actorOf, type Principal } from '../../plugins/session.ts';
import { watermarked } from './watermark.ts';
import { shrunk } from './webp.ts';

const PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 60;
/** Pages made ready behind the one that is looked at. */
const AHEAD = 2;
const THUMBNAIL_SIDE = 320;

export interface PageParts {
  db: Db;
  storage: FileStorage;
  jobs: Pick<Producer, 'enqueue'>;
}

/**
 * The picture of a page (WebP) with the viewer's name and the time on it; the look is on record before the first byte.
 * A page of a PDF is made when it is first asked for: `page-not-ready` when that takes long, `page-unreadable` when it fails.
 */
export async function openPage(
  parts: PageParts,
  principal: Principal,
  id: string,
  page: number,
): Promise<Buffer> {
  const { db, storage } = parts;
  const row = await readyDocument(db, id, page);
  if (page > 1) await pageMade(parts, id, page);
  for (let next = page + 1; next <= Math.min(page + AHEAD, row.pages ?? 1); next++)
    makePage(parts, id, next).catch(() => {});
  const picture = await readWhole(storage, derivativeKey(id, page === 1 ? 'preview' : `page-${page}`));
  await appendAudit(db, [
    {
      actor: actorOf(principal),
      action: 'document.viewed',
      entityType: 'document',
      entityId: id,
      customerId: row.customerId,
      ...(page > 1 ? { detail: { page } } : {}),
    },
  ]);
  return watermarked(picture, principal.name, new Date());
}

/** The small picture of a page of a PDF behind the first, made when it is first asked for. */
export async function openPageThumbnail(parts: PageParts, id: string, page: number): Promise<Buffer> {
  await readyDocument(parts.db, id, page);
  await pageMade(parts, id, page);
  return shrunk(await readWhole(parts.storage, derivativeKey(id, `page-${page}`)), THUMBNAIL_SIDE);
}

/** The words of a page; none for a photograph, a scan, or a page that cannot be read. */
export async function readPageText(parts: PageParts, id: string, page: number): Promise<PageTextBody> {
  const row = await readyDocument(parts.db, id, page);
  if (row.mime !== 'application/pdf') return { words: [], note: null };
  const { note } = await pageMade(parts, id, page);
  const { words } = JSON.parse(
    (await readWhole(parts.storage, derivativeKey(id, `text-${page}`))).toString('utf8'),
  );
  return { words, note };
}

async function readyDocument(db: Db, id: string, page: number) {
  const found = await readDocument(db, id);
  if (!found) throw new Problem('not-found');
  if (found.row.state !== 'ready')
    throw new Problem('not-found', { detail: 'There is no preview of this document' });
  if (page > (found.row.pages ?? 1)) throw new Problem('not-found', { detail: 'There is no such page' });
  return found.row;
}

/** Waits until a page is there. */
async function pageMade(parts: PageParts, id: string, page: number): Promise<PageRow> {
  const until = Date.now() + PATIENCE_MS;
  let state: PageRow | null = await makePage(parts, id, page);
  while (state?.state === 'processing') {
    if (Date.now() > until) throw new Problem('page-not-ready', { retryAfter: 1 });
    await sleep(LOOK_EVERY_MS);
    state = await readPage(parts.db, id, page);
  }
  if (state?.state !== 'ready') throw new Problem('page-unreadable');
  return state;
}

/** Asks a worker for a page that is not there; each time it is asked for, as Redis may have lost the job. */
async function makePage({ db, jobs }: PageParts, documentId: string, page: number) {
  const state = await askForPage(db, documentId, page);
  if (state.state === 'processing') await jobs.enqueue('document.render-page', { documentId, page });
  return state;
}

async function readWhole(storage: FileStorage, key: string): Promise<Buffer> {
  try {
    return Buffer.concat(await (await storage.open(key)).stream.toArray());
  } catch (error) {
    throw error instanceof FileMissing ? new Problem('not-found') : error;
  }
}
