import { recalculateCustomer } from '@qijian/db/queries/completeness.ts';
import type { JobData } from '@qijian/domain/contract/jobs.ts';
import type { Services } from '../services.ts';

/** Brings a customer's completeness up to date; done a hundred times it changes what there is to change once. */
export async function recalculateCompleteness(
  { db, announce }: Services,
  { customerId }: JobData<'customer.recalculate-completeness'>,
): Promise<void> {
  await db.transaction((tx) => recalculateCustomer(tx, customerId));
  await announce();
}
