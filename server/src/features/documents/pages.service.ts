import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { derivativeKey, FileMissing, type FileStorage } from '@qijian/core/files/file-storage.ts';
import type { Producer } from '@qijian/core/jobs/producer.ts';
import type { Db } from '@qijian/db/client.ts';
import {
  askForPage,
  type PagePart,
  type PageRow,
  readPage,
  readPagePlace,
} from '@qijian/db/queries/document-pages.ts';
import { type DocumentRow, readDocument } from '@qijian/db/queries/documents.ts';
import type { PageTextBody } from '@qijian/domain/contract/api/documents.ts';
import { stripsOf } from '@qijian/domain/rules/page-strips.ts';
import { Problem } from '../../http/problem.ts';
import type { Principal } from '../../identity/principal.ts';
import { look } from './look.ts';
import { SMALL, watermarked } from './watermark.ts';
import { shrunk, sizeOf } from './webp.ts';

const PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 60;
/** Pages, or strips of one, made ready behind the one that is looked at. */
const AHEAD = 2;
const THUMBNAIL_SIDE = 320;

export interface PageParts {
  db: Db;
  storage: FileStorage;
  jobs: Pick<Producer, 'enqueue'>;
}

/**
 * The picture of a page (WebP) with the viewer's name and the time on it; the look is on record before the first byte.
 * A page of a PDF, and a strip, is made when it is first asked for: `page-not-ready` when that takes long,
 * `page-unreadable` when it fails.
 */
export async function openPage(parts: PageParts, principal: Principal, part: PagePart): Promise<Buffer> {
  const { db } = parts;
  const { documentId: id, page, strip } = part;
  const row = await readyDocument(db, id, page);
  const picture = strip ? await readStrip(parts, row, page, strip) : await readPicture(parts, row, page);
  const detail = page > 1 || strip ? { page, ...(strip ? { strip } : {}) } : undefined;
  return look(db, principal, row, { kind: 'viewed', detail }, () =>
    watermarked(picture, principal, new Date()),
  );
}

/**
 * The small picture of a page with the viewer's name and the hour on it, and what tells it from another; `known` is the
 * tag of one that the viewer has, for which there is none. A page of a PDF behind the first is made when it is first
 * asked for: of a long one its head.
 */
export async function openThumbnail(
  parts: PageParts,
  principal: Principal,
  id: string,
  page: number,
  known: string | undefined,
): Promise<{ tag: string; picture: Buffer | null }> {
  const { db, storage } = parts;
  const row = await readyDocument(db, id, page);
  const further = page > 1 ? await readPicture(parts, row, page) : null;
  const size = further ? further.length : await storage.size(derivativeKey(id, 'thumbnail'));
  if (size === null) throw new Problem('not-found');
  const at = new Date();
  at.setMinutes(0, 0, 0);
  const facts = [
    row.sha256,
    size,
    page,
    principal.userId,
    principal.username,
    principal.name,
    at.toISOString(),
  ];
  const tag = `"${createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 32)}"`;
  return look(db, principal, row, { kind: 'glimpsed' }, async () => {
    if (known === tag) return { tag, picture: null };
    const small = further
      ? await smallOf(parts, row, page, further)
      : await readWhole(storage, derivativeKey(id, 'thumbnail'));
    return { tag, picture: await watermarked(small, principal, at, SMALL) };
  });
}

async function smallOf(parts: PageParts, row: DocumentRow, page: number, picture: Buffer): Promise<Buffer> {
  const isLong = stripsOf(await sizeOf(picture), true) !== null;
  return shrunk(isLong ? await readStrip(parts, row, page, 1) : picture, THUMBNAIL_SIDE);
}

/** The picture of a whole page; the next ones are made ready. */
async function readPicture(parts: PageParts, { id, pages }: DocumentRow, page: number): Promise<Buffer> {
  if (page > 1) await pageMade(parts, { documentId: id, page });
  for (let next = page + 1; next <= Math.min(page + AHEAD, pages ?? 1); next++)
    makePage(parts, { documentId: id, page: next }).catch(() => {});
  return readWhole(parts.storage, derivativeKey(id, page === 1 ? 'preview' : `page-${page}`));
}

/** A part of a page in full; the next ones are made ready. */
async function readStrip(parts: PageParts, row: DocumentRow, page: number, strip: number): Promise<Buffer> {
  const { id: documentId, width, height, mime } = row;
  const isPdf = mime === 'application/pdf';
  const size =
    !isPdf && width && height ? { width, height } : await sizeOf(await readPicture(parts, row, page));
  const strips = stripsOf(size, isPdf)?.count ?? 0;
  if (strip > strips) throw new Problem('not-found', { detail: 'There is no such strip' });
  await pageMade(parts, { documentId, page, strip }, strips);
  for (let next = strip + 1; next <= Math.min(strip + AHEAD, strips); next++)
    makePage(parts, { documentId, page, strip: next }, strips).catch(() => {});
  return readWhole(parts.storage, derivativeKey(documentId, `strip-${page}-${strip}`));
}

/** The words of a page, the look on record before them; none for a photograph, a scan, or a page that cannot be read. */
export async function readPageText(
  parts: PageParts,
  principal: Principal,
  id: string,
  page: number,
): Promise<PageTextBody> {
  const row = await readyDocument(parts.db, id, page);
  if (row.mime !== 'application/pdf') return { words: [], note: null };
  const { note } = await pageMade(parts, { documentId: id, page });
  const detail = page > 1 ? { page } : undefined;
  return look(parts.db, principal, row, { kind: 'read', detail }, async () => {
    const text = await readWhole(parts.storage, derivativeKey(id, `text-${page}`));
    const { words } = JSON.parse(text.toString('utf8'));
    return { words, note };
  });
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
async function pageMade(parts: PageParts, part: PagePart, strips?: number): Promise<PageRow> {
  const until = Date.now() + PATIENCE_MS;
  let state: PageRow | null = await makePage(parts, part, strips);
  while (state?.state === 'processing') {
    if (Date.now() > until) throw new Problem('page-not-ready', { retryAfter: 1 });
    await sleep(LOOK_EVERY_MS);
    state = await readPage(parts.db, part);
  }
  if (state?.state !== 'ready') throw new Problem('page-unreadable');
  return state;
}

/** Asks a worker for a page that is not there; each time it is asked for, as Redis may have lost the job. */
async function makePage({ db, jobs }: PageParts, { documentId, page, strip }: PagePart, strips?: number) {
  const state = await askForPage(db, { documentId, page, strip });
  const which = strip && strips ? { strip, strips } : {};
  if (state.state === 'processing') {
    const place = await readPagePlace(db, documentId);
    await jobs.enqueue('document.render-page', { documentId, page, ...which }, { place });
  }
  return state;
}

async function readWhole(storage: FileStorage, key: string): Promise<Buffer> {
  try {
    return Buffer.concat(await (await storage.open(key)).stream.toArray());
  } catch (error) {
    throw error instanceof FileMissing ? new Problem('not-found') : error;
  }
}
