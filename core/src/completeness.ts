import type { DbOrTx } from '@qijian/db/client.ts';
import { type Catalog, readCatalog } from '@qijian/db/queries/catalog.ts';
import { readDocumentFacts } from '@qijian/db/queries/document-facts.ts';
import type { customers } from '@qijian/db/schema/customers.ts';
import type { CompletenessBody } from '@qijian/domain/contract/api/completeness.ts';
import type { Piece } from '@qijian/domain/contract/api/customers.ts';
import {
  type Completeness,
  computeCompleteness,
  type DocumentFacts,
  typeMarks,
} from '@qijian/domain/rules/completeness.ts';

type CustomerRow = typeof customers.$inferSelect;

/** What completeness is made of. */
export interface Facts {
  catalog: Catalog;
  /** By customer, oldest first. Deleted ones are among them where an auditor returned them. */
  documents: Map<string, DocumentFacts[]>;
}

/** The facts of these customers in one round trip; under the customers' locks they are the last word. */
export async function readFacts(db: DbOrTx, customerIds: string[]): Promise<Facts> {
  const [catalog, documents] = await Promise.all([readCatalog(db), readDocumentFacts(db, customerIds)]);
  return { catalog, documents };
}

/** The completeness of a customer by these facts. */
export function completenessOf(
  { catalog, documents }: Facts,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
): Completeness {
  return computeCompleteness({
    types: catalog.types,
    checklist: catalog.checklists.get(customer.product ?? '')?.items ?? null,
    requestedTypes: typeMarks(customer.requestedTypes),
    excusedTypes: typeMarks(customer.excusedTypes),
    documents: documents.get(customer.id) ?? [],
    now: Date.now(),
  });
}

/** The completeness of a customer by the facts in this snapshot; nothing is written. */
export async function calculateCompleteness(
  db: DbOrTx,
  customer: Pick<CustomerRow, 'id' | 'product' | 'requestedTypes' | 'excusedTypes'>,
): Promise<Completeness> {
  return completenessOf(await readFacts(db, [customer.id]), customer);
}

/** The columns that hold a calculated completeness. */
export function completenessColumns(completeness: Completeness) {
  const { nextExpiryAt, ...body } = completeness;
  return {
    completeness: body satisfies CompletenessBody as CompletenessBody,
    pieces: completeness.items
      .filter((item) => item.required)
      .map(({ type, state }): Piece => ({ type, state })),
    missing: completeness.missing,
    hasReturned: completeness.items.some(
      (item) => item.state === 'returned' || (item.requested && !item.satisfied),
    ),
    nextExpiryAt: nextExpiryAt === null ? null : new Date(nextExpiryAt),
  };
}
