import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { maskIdNumber } from '@qijian/domain/rules/id-number.ts';
import { maskPhone } from '@qijian/domain/rules/phone.ts';
import { and, eq, getTableColumns, isNull, or, sql } from 'drizzle-orm';
import { builtOnce, CATALOG_LOCK, type DbOrTx, type Tx } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { person, type ReviewFacts, reviewFacts, reviewOf } from './customer-review.ts';

export type CustomerRow = typeof customers.$inferSelect;

/** What of a row the outside sees, but for its completeness: all that is not only for the inside. */
const {
  fieldVersions,
  searchTerms,
  completeness,
  hasReturned,
  nextExpiryAt,
  claimedAt,
  claimLostBy,
  waitedMs,
  decidedBy,
  decidedAt,
  deletedBy,
  ...seen
} = getTableColumns(customers);
const SEEN = Object.entries(seen);
type SeenRow = Pick<CustomerRow, keyof typeof seen> & {
  completeness: Pick<CustomerRow['completeness'], 'required' | 'satisfied' | 'percent'>;
};

/** The columns of `ofJson` for the row `c`, without the pieces of its completeness. */
export const LISTED = `${SEEN.map(([, { name }]) => `c.${name}`).join(', ')},
  json_build_object('required', c.completeness->'required', 'satisfied', c.completeness->'satisfied',
    'percent', c.completeness->'percent') as completeness`;

/** A row of `LISTED` that came as JSON, as `toCustomer` takes it. */
export function ofJson(json: Record<string, unknown>): SeenRow {
  const row: Record<string, unknown> = { completeness: json.completeness };
  for (const [key, column] of SEEN) {
    const value = json[column.name];
    row[key] = value === null ? null : column.mapFromDriverValue(value);
  }
  return row as unknown as SeenRow;
}

/** The columns of `toCustomer`, as one select: `db.select(customerColumns).from(customers)`; joins by sub-select. */
export const customerColumns = {
  row: customers,
  ownerName: sql<string | null>`(select display_name from users where id = ${customers.ownerId})`,
  creatorName: sql<string>`(select display_name from users where id = ${customers.createdBy})`,
  claimerName: sql<string | null>`(select display_name from users where id = ${customers.claimedBy})`,
  review: reviewFacts,
};

/** A stored customer as the outside sees it, with phone and ID number masked. */
export function toCustomer(selected: {
  row: SeenRow;
  ownerName: string | null;
  creatorName: string;
  claimerName: string | null;
  review: ReviewFacts | null;
}): Customer {
  const { row } = selected;
  return {
    id: row.id,
    number: `QJ-${row.number}`,
    version: row.version,
    revision: row.revision,
    name: row.name,
    phone: maskPhone(row.phone),
    idNumber: row.idNumber === null ? null : maskIdNumber(row.idNumber),
    product: row.product,
    amount: row.amount,
    termMonths: row.termMonths,
    branch: row.branch,
    owner: person(row.ownerId, selected.ownerName),
    dueAt: row.dueAt?.toISOString() ?? null,
    note: row.note,
    status: row.status,
    completeness: {
      required: row.completeness.required,
      satisfied: row.completeness.satisfied,
      percent: row.completeness.percent,
    },
    pieces: row.pieces,
    missing: row.missing,
    requestedTypes: row.requestedTypes,
    excusedTypes: row.excusedTypes,
    waivedTypes: row.waivedTypes,
    claimedBy: person(row.claimedBy, selected.claimerName),
    review: selected.review && reviewOf(row, selected.review),
    decided: row.decision !== null,
    createdBy: { id: row.createdBy, displayName: selected.creatorName },
    updatedBy: row.updatedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}

/** A column that holds the catalog as it is until the transaction ends; to be read with a customer's lock. */
export const catalogHeld = sql<string>`pg_advisory_xact_lock_shared(${sql.raw(String(CATALOG_LOCK))})::text`;

const lockedRow = builtOnce((db) =>
  db
    .select({ row: customers, catalog: catalogHeld })
    .from(customers)
    .where(
      and(
        eq(customers.id, sql.placeholder('id')),
        or(isNull(customers.deletedAt), sql`${sql.placeholder('includeDeleted')}::boolean`),
      ),
    )
    .for('update')
    .prepare('lock_customer'),
);

/** Locks one customer's row until the transaction ends; null when unknown, or deleted and not asked for. */
export async function lockCustomer(
  tx: Tx,
  id: string,
  { includeDeleted = false }: { includeDeleted?: boolean } = {},
): Promise<CustomerRow | null> {
  const [locked] = await lockedRow(tx, { id, includeDeleted });
  return locked?.row ?? null;
}

/** One customer as the outside sees it; null when unknown or (unless asked for) deleted. */
export async function readCustomer(
  db: DbOrTx,
  id: string,
  options: { includeDeleted?: boolean } = {},
): Promise<Customer | null> {
  const live = options.includeDeleted ? undefined : isNull(customers.deletedAt);
  const rows = await db
    .select(customerColumns)
    .from(customers)
    .where(and(eq(customers.id, id), live));
  return rows[0] ? toCustomer(rows[0]) : null;
}
