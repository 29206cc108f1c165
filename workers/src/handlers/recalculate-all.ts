import { alone } from '@qijian/db/client.ts';
import {
  advanceRecalculation,
  findOutdated,
  readCustomerIds,
  readRecalculation,
  recalculateCustomers,
} from '@qijian/db/queries/completeness.ts';
import { appendEvents } from '@qijian/db/queries/events.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import { CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Services } from '../services.ts';

const PAGE = 400;
/** Customers changed, and so locked, in one transaction. */
const CHUNK = 50;
const REPORT_EVERY_MS = 500;

/**
 * Brings all customers up to date after the catalog changed, page by page; a run that was cut off goes on after the
 * last page that was done. One worker at a time does so, on one connection: the others are for other work.
 */
export async function recalculateAll(
  services: Services,
  { recalculationId }: JobData<'catalog.recalculate-all'>,
): Promise<void> {
  await alone(services.db, 'recalculation', () => run(services, recalculationId));
}

async function run({ db, announce }: Services, recalculationId: string): Promise<void> {
  const found = await readRecalculation(db, recalculationId);
  if (!found || found.finishedAt) return;
  let { done, cursor } = found;
  let reportedAt = 0;
  for (;;) {
    const ids = await readCustomerIds(db, cursor, PAGE);
    const outdated = await findOutdated(db, ids);
    for (let from = 0; from < outdated.length; from += CHUNK) {
      await db.transaction((tx) => recalculateCustomers(tx, outdated.slice(from, from + CHUNK)));
    }
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
          data: { recalculationId, done, total: Math.max(done, found.total), finished },
        },
      ]);
    });
    await announce();
    if (finished) return;
  }
}
