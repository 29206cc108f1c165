import {
  advanceRecalculation,
  readCustomerIds,
  readRecalculation,
  recalculateCustomer,
} from '@qijian/db/queries/completeness.ts';
import { appendEvents } from '@qijian/db/queries/events.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import { CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Services } from '../services.ts';

const PAGE = 200;
/** Customers at one time: the rest of the pool is for other work. */
const LANES = 4;
const REPORT_EVERY_MS = 500;

/**
 * Brings all customers up to date after the catalog changed, page by page; a run that was cut off goes on after the
 * last page that was done.
 */
export async function recalculateAll(
  { db, announce }: Services,
  { recalculationId }: JobData<'catalog.recalculate-all'>,
): Promise<void> {
  const run = await readRecalculation(db, recalculationId);
  if (!run || run.finishedAt) return;
  let { done, cursor } = run;
  let reportedAt = 0;
  for (;;) {
    const ids = await readCustomerIds(db, cursor, PAGE);
    const queue = [...ids];
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (let id = queue.shift(); id; id = queue.shift()) {
          const customerId = id;
          await db.transaction((tx) => recalculateCustomer(tx, customerId));
        }
      }),
    );
    done += ids.length;
    cursor = ids.at(-1) ?? cursor;
    const finished = ids.length < PAGE;
    const report = finished || Date.now() - reportedAt > REPORT_EVERY_MS;
    if (report) reportedAt = Date.now();
    await db.transaction(async (tx) => {
      await advanceRecalculation(tx, recalculationId, { done, cursor, finished });
      if (!report) return;
      await appendEvents(tx, [
        {
          streams: [CUSTOMERS_STREAM],
          entity: { type: 'catalog', id: uuidv7() },
          version: 1,
          type: 'catalog.recalculated',
          actor: { kind: 'system', id: null, name: 'system' },
          data: { recalculationId, done, total: Math.max(done, run.total), finished },
        },
      ]);
    });
    await announce();
    if (finished) return;
  }
}
