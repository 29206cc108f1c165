import type { Tx } from '@qijian/db/client.ts';
import {
  deleteChecklist,
  deleteDocumentType,
  insertChecklist,
  insertDocumentType,
  insertRecalculation,
  isProductUsed,
  isTypeUsed,
  lockCatalog,
  lockChecklist,
  lockDocumentType,
  readCatalog,
  toChecklist,
  toDocumentType,
  updateChecklist,
  updateDocumentType,
} from '@qijian/db/queries/catalog.ts';
import { appendAudit, appendEvents } from '@qijian/db/queries/events.ts';
import type { Checklist, DocumentTypeBody } from '@qijian/domain/contract/api/catalog.ts';
import { CATALOG_STREAM, CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import type { ChecklistItem } from '@qijian/domain/rules/completeness.ts';
import type { DocumentType, LocalizedText } from '@qijian/domain/rules/document-types.ts';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';

/** A change of the catalog together with the run over all customers that it makes necessary. */
export interface CatalogChange<T> {
  value: T;
  recalculationId: string;
}

export async function createType(tx: Tx, principal: Principal, input: DocumentType) {
  await lockCatalog(tx);
  const row = await insertDocumentType(tx, input);
  if (!row) throw taken('code');
  return announce(tx, principal, 'document-type.created', input.code, toDocumentType(row));
}

export async function updateType(
  tx: Tx,
  principal: Principal,
  code: string,
  input: { version: number } & Partial<DocumentType>,
): Promise<CatalogChange<DocumentTypeBody>> {
  const { version, ...set } = input;
  const before = await lockDocumentType(tx, code);
  if (!before) throw new Problem('not-found');
  if (before.version !== version) throw new Problem('version-conflict', { current: toDocumentType(before) });
  const row = await updateDocumentType(tx, code, set);
  return announce(tx, principal, 'document-type.updated', code, toDocumentType(row));
}

/** Removes a type that nothing knows; one that is used can only be taken out of use. */
export async function removeType(tx: Tx, principal: Principal, code: string): Promise<CatalogChange<null>> {
  const before = await lockDocumentType(tx, code);
  if (!before) throw new Problem('not-found');
  // What belongs nowhere else is `other`.
  if (code === 'other' || (await isTypeUsed(tx, code))) throw new Problem('in-use');
  await deleteDocumentType(tx, code);
  return removed(tx, principal, 'document-type.removed', code, before.version);
}

export async function createProduct(
  tx: Tx,
  principal: Principal,
  input: { product: string; name: LocalizedText; items: ChecklistItem[] },
): Promise<CatalogChange<Checklist>> {
  await lockCatalog(tx);
  await requireTypes(tx, input.items);
  const row = await insertChecklist(tx, input);
  if (!row) throw taken('product');
  return announce(tx, principal, 'checklist.created', input.product, toChecklist(row));
}

export async function updateProduct(
  tx: Tx,
  principal: Principal,
  product: string,
  input: { version: number; name?: LocalizedText; active?: boolean; items?: ChecklistItem[] },
): Promise<CatalogChange<Checklist>> {
  const before = await lockChecklist(tx, product);
  if (!before) throw new Problem('not-found');
  if (before.version !== input.version)
    throw new Problem('version-conflict', { current: toChecklist(before) });
  if (input.items) await requireTypes(tx, input.items);
  const row = await updateChecklist(tx, product, input);
  return announce(tx, principal, 'checklist.updated', product, toChecklist(row));
}

/** Removes a loan product that no customer has. */
export async function removeProduct(
  tx: Tx,
  principal: Principal,
  product: string,
): Promise<CatalogChange<null>> {
  const before = await lockChecklist(tx, product);
  if (!before) throw new Problem('not-found');
  if (await isProductUsed(tx, product)) throw new Problem('in-use');
  await deleteChecklist(tx, product);
  return removed(tx, principal, 'checklist.removed', product, before.version);
}

async function removed(tx: Tx, principal: Principal, action: string, id: string, version: number) {
  const { recalculationId } = await announce(tx, principal, action, id, { version: version + 1 });
  return { value: null, recalculationId };
}

async function announce<T>(
  tx: Tx,
  principal: Principal,
  action: string,
  id: string,
  value: T & { version: number },
): Promise<CatalogChange<T>> {
  const recalculationId = uuidv7();
  const actor = actorOf(principal);
  await insertRecalculation(tx, recalculationId);
  await appendEvents(tx, [
    {
      streams: [CUSTOMERS_STREAM, CATALOG_STREAM],
      entity: { type: 'catalog', id },
      version: value.version,
      type: 'catalog.changed',
      actor,
      data: { recalculationId },
    },
  ]);
  await appendAudit(tx, [{ actor, action, entityType: 'catalog', entityId: id }]);
  return { value, recalculationId };
}

async function requireTypes(tx: Tx, items: ChecklistItem[]): Promise<void> {
  const codes = new Set((await readCatalog(tx)).types.map((type) => type.code));
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const fault = !codes.has(item.type)
      ? 'is not a document type'
      : seen.has(item.type)
        ? 'is there twice'
        : null;
    if (fault) throw fieldProblem(`items.${index}.type`, fault);
    seen.add(item.type);
  }
}

function taken(path: string): Problem {
  return new Problem('already-exists', { errors: [{ path, message: 'is taken' }] });
}
