import {
  advanceRecalculation,
  findOutdated,
  readCustomerIds,
  readRecalculation,
  readUnfinishedRecalculation,
  recalculateCustomers,
} from '@qijian/core/recalculation.ts';
import { alone } from '@qijian/db/client.ts';
import { appendEvents } from '@qijian/db/queries/events.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import { CUSTOMERS_STREAM, SYSTEM } from '@qijian/domain/contract/live-events.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Services } from '../services.ts';

const PAGE = 400;
/** Customers changed, and so locked, in one transaction. */
const CHUNK = 50;
const REPORT_EVERY_MS = 500;

/**
 * Brings all customers up to date after the catalog changed, page by page; at night it proves that those not decided on
 * are, and counts what was not. A run that was cut off goes on after the last page that was done. One worker at a time
 * does so, on one connection: the others are for other work.
 */
export async function recalculateAll(
  services: Services,
  { recalculationId }: JobData<'catalog.recalculate-all'>,
): Promise<void> {
  await alone(services.db, 'recalculation', () => run(services, recalculationId));
}

async function run({ db, log, announce }: Services, recalculationId: string): Promise<void> {
  const found = await readRecalculation(db, recalculationId);
  if (!found || found.finishedAt) return;
  const isNightly = found.night !== null;
  let { done, cursor, drift } = found;
  let reportedAt = 0;
  for (;;) {
    const ids = await readCustomerIds(db, cursor, PAGE, { open: isNightly });
    const outdated = await findOutdated(db, ids);
    const drifted: string[] = [];
    for (let from = 0; from < outdated.length; from += CHUNK) {
      const chunk = outdated.slice(from, from + CHUNK);
      drifted.push(...(await db.transaction((tx) => recalculateCustomers(tx, chunk))).drifted);
    }
    // The catalog changed meanwhile: that explains the difference, and its own run goes first.
    if (isNightly && (await readUnfinishedRecalculation(db)) !== recalculationId) return;
    if (isNightly && drifted.length > 0) log.error({ drifted }, 'completeness had drifted and was repaired');
    drift += isNightly ? drifted.length : 0;
    done += ids.length;
    cursor = ids.at(-1) ?? cursor;
    const finished = ids.length < PAGE;
    const report = !isNightly && (finished || Date.now() - reportedAt > REPORT_EVERY_MS);
    if (report) reportedAt = Date.now();
    await db.transaction(async (tx) => {
      await advanceRecalculation(tx, recalculationId, { done, cursor, drift, finished });
      if (!report) return;
      await appendEvents(tx, [
        {
          streams: [CUSTOMERS_STREAM],
          entity: { type: 'catalog', id: uuidv7() },
          version: 1,
          type: 'catalog.recalculated',
          actor: SYSTEM,
          data: { recalculationId, done, total: Math.max(done, found.total), finished },
        },
      ]);
    });
    await announce();
    if (finished) return;
  }
}
