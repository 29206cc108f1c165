import type { Db } from '@qijian/db/client.ts';
import { readSameNumber } from '@qijian/db/queries/customers.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import type { CustomerListAnswer, CustomerListFilter } from '@qijian/domain/contract/api/customer-list.ts';
import type { SameNumber } from '@qijian/domain/contract/api/customers.ts';
import { maskIdNumber, readIdNumber } from '@qijian/domain/rules/id-number.ts';
import { maskPhone, readPhone } from '@qijian/domain/rules/phone.ts';
import { holdsNumber, readSearch } from '@qijian/domain/rules/search-terms.ts';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { pageOfCustomers } from './customers.list.ts';

/** Refuses a search that would leave a number in addresses, logs and histories. */
export function requireNoNumber(search: string | undefined): void {
  if (search !== undefined && holdsNumber(search)) throw new Problem('number-in-address');
}

/** A page of customers; a search for a whole number is limited per person and on record before it is answered. */
export async function searchCustomers(
  app: FastifyInstance,
  principal: Principal,
  query: CustomerListFilter,
): Promise<CustomerListAnswer> {
  const { db } = app;
  const { numbers } = readSearch(query.search ?? '');
  await limitNumberSearches(app, principal, numbers);
  const page = await pageOfCustomers(db, principal, query);
  await recordNumberSearch(db, principal, numbers, page.total);
  return page;
}

/** Who has the numbers that are being typed already; as much a search for them as any other. */
export async function sameNumbers(
  app: FastifyInstance,
  principal: Principal,
  input: { phone?: string; idNumber?: string; except?: string },
): Promise<SameNumber[]> {
  const { db } = app;
  const { phone } = readPhone(input.phone ?? '');
  const { idNumber } = readIdNumber(input.idNumber ?? '', Date.now());
  const numbers = [...(phone ? [maskPhone(phone)] : []), ...(idNumber ? [maskIdNumber(idNumber)] : [])];
  await limitNumberSearches(app, principal, numbers);
  const found = async (field: SameNumber['field'], value: string | null): Promise<SameNumber[]> => {
    const rows = value === null ? [] : await readSameNumber(db, field, value, input.except);
    return rows.map(({ id, number, name }) => ({ field, id, number: `QJ-${number}`, name }));
  };
  const items = (await Promise.all([found('phone', phone), found('idNumber', idNumber)])).flat();
  await recordNumberSearch(db, principal, numbers, items.length);
  return items;
}

/** Counts a search for whole numbers across processes, before it is carried out. */
async function limitNumberSearches(
  app: FastifyInstance,
  principal: Principal,
  numbers: string[],
): Promise<void> {
  if (numbers.length > 0) await app.limit('numberSearches', principal.userId, 'too-many-searches');
}

/** Puts on record who asked for which numbers, masked, and how many customers have them. */
export async function recordNumberSearch(
  db: Db,
  principal: Principal,
  numbers: string[],
  found: number,
): Promise<void> {
  if (numbers.length === 0) return;
  await appendAudit(db, [
    {
      actor: actorOf(principal),
      action: 'customer.searched',
      entityType: 'customer',
      entityId: null,
      detail: { numbers, found },
    },
  ]);
}
