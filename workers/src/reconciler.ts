import { releaseExpired } from '@qijian/core/claims.ts';
import { WrongFiles } from '@qijian/core/files/pairing.ts';
import { sweepFiles, TooManyOrphans } from '@qijian/core/files/sweep.ts';
import {
  beginNightlyRun,
  readExpired,
  readUnfinishedRecalculation,
  recalculateCustomers,
} from '@qijian/core/recalculation.ts';
import { alone } from '@qijian/db/client.ts';
import { readPurgeable } from '@qijian/db/queries/customers.ts';
import { readUnfinishedPreviews } from '@qijian/db/queries/document-previews.ts';
import { trimStreams } from '@qijian/db/queries/events.ts';
import { deleteOldGlimpses } from '@qijian/db/queries/glimpses.ts';
import { deleteOldIdempotencyKeys } from '@qijian/db/queries/idempotency.ts';
import { renewSearchTerms } from '@qijian/db/queries/search-terms.ts';
import { deleteExpired } from '@qijian/db/queries/sessions.ts';
import { deleteOldLoginAttempts } from '@qijian/db/queries/users.ts';
import { purge } from './purge.ts';
import type { Services } from './services.ts';

const OFTEN_MS = 5_000;
const SELDOM_MS = 1_800_000;
/** How far back live screens may catch up by the log. */
const STREAM_DAYS = 30;
const BATCH = 500;
/** A round that takes longer is given up: a connection cut at the wrong moment may leave its question unanswered. */
const PATIENCE_MS = 120_000;

/**
 * Finds on the rows what is not done and asks for it again: Redis may have lost any job. Every worker does so; a job
 * too many has no effect.
 */
export function startReconciler(services: Services, now = Date.now): { stop(): Promise<void> } {
  const { db, log, enqueue } = services;

  async function often(): Promise<void> {
    await releaseExpired(db, BATCH);
    for (const id of await readExpired(db, BATCH)) {
      await db.transaction((tx) => recalculateCustomers(tx, [id]));
    }
    // Deduplicated: a job waiting in a long queue is requested in every round.
    for (const { id: documentId, ...place } of await readUnfinishedPreviews(db, 15, BATCH)) {
      await enqueue('document.make-preview', { documentId }, { once: true, place });
    }
    await beginNightlyRun(db, now());
    const recalculationId = await readUnfinishedRecalculation(db);
    if (recalculationId) await enqueue('catalog.recalculate-all', { recalculationId }, { once: true });
    await services.announce();
  }

  async function seldom(): Promise<void> {
    const renewed = await renewSearchTerms(db);
    if (renewed > 0) log.info({ renewed }, 'made search terms anew');
    await deleteExpired(db);
    await deleteOldIdempotencyKeys(db);
    await deleteOldLoginAttempts(db);
    for (const id of await readPurgeable(db, BATCH)) await purge(services, id);
    await deleteOldGlimpses(db);
    while ((await trimStreams(db, STREAM_DAYS)) > 0);
    const swept = await sweepFiles(db, services.files).catch((error) => {
      if (!(error instanceof TooManyOrphans) && !(error instanceof WrongFiles)) throw error;
      log.error(error.message);
    });
    if (swept && Object.values(swept).some((files) => files > 0)) log.info(swept, 'swept files');
  }

  const stopping = new AbortController();
  const loops = [repeat(often, OFTEN_MS), repeat(() => alone(db, 'housekeeping', seldom), SELDOM_MS)];

  async function repeat(work: () => Promise<void>, everyMs: number): Promise<void> {
    while (!stopping.signal.aborted) {
      const round = work().catch((error) => log.warn({ err: error }, 'reconciling failed'));
      await Promise.race([round, pause(PATIENCE_MS)]);
      // Jitter keeps several workers from asking at the same moment.
      await pause(everyMs * (0.75 + Math.random() / 2));
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      stopping.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
