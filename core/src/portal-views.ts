import type { DbOrTx, Tx } from '@qijian/db/client.ts';
import { type Catalog, readCatalog } from '@qijian/db/queries/catalog.ts';
import { appendEvents, type NewPortalEvent } from '@qijian/db/queries/events.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { documents } from '@qijian/db/schema/documents.ts';
import { portalViews } from '@qijian/db/schema/links.ts';
import { type Actor, portalStream } from '@qijian/domain/contract/live-events.ts';
import type { DocumentFacts } from '@qijian/domain/rules/completeness.ts';
import type { LocalizedText } from '@qijian/domain/rules/document-types.ts';
import {
  isTold,
  type PortalDocumentFacts,
  type PortalView,
  portalChange,
  portalView,
} from '@qijian/domain/rules/portal.ts';
import { and, asc, eq, inArray, isNull } from 'drizzle-orm';
import { completenessOf, documentFacts, TELLING } from './completeness.ts';

type CustomerRow = typeof customers.$inferSelect;
type DocumentRow = typeof documents.$inferSelect;

/** A customer's file as their own page may show it, in this snapshot, and what the page shows beside it. */
export interface PortalFile {
  customerId: string;
  version: number;
  name: string;
  product: LocalizedText | null;
  view: PortalView;
}

/** The files of these customers as their pages may show them; deleted customers have none. */
export async function readPortalFiles(db: DbOrTx, customerIds: string[]): Promise<PortalFile[]> {
  const [rows, facts] = await Promise.all([
    db
      .select()
      .from(customers)
      .where(and(inArray(customers.id, customerIds), isNull(customers.deletedAt))),
    readTellable(db, customerIds),
  ]);
  return rows.map((row) => portalFile(facts, row));
}

/** What customers' pages are made of. */
interface Tellable {
  catalog: Catalog;
  /** By customer, oldest first. */
  documents: Map<string, DocumentRow[]>;
}

async function readTellable(db: DbOrTx, customerIds: string[]): Promise<Tellable> {
  const [catalog, rows] = await Promise.all([
    readCatalog(db),
    db
      .select()
      .from(documents)
      .where(and(inArray(documents.customerId, customerIds), TELLING))
      .orderBy(asc(documents.createdAt), asc(documents.id)),
  ]);
  return { catalog, documents: Map.groupBy(rows, (row) => row.customerId) };
}

function portalFile({ catalog, documents }: Tellable, row: CustomerRow): PortalFile {
  const decidedAt = row.decidedAt?.getTime() ?? null;
  const told = (documents.get(row.id) ?? []).map((document) => asTold(document, decidedAt));
  const view = portalView({
    types: catalog.types,
    completeness: completenessOf({ catalog, documents: new Map([[row.id, told]]) }, row),
    requested: row.requestedTypes,
    waivedTypes: row.waivedTypes,
    status: row.status,
    submittedAt: row.submittedAt?.getTime() ?? null,
    documents: told.filter((document) => !document.isDeleted),
  });
  const product = catalog.checklists.get(row.product ?? '')?.name ?? null;
  return { customerId: row.id, version: row.version, name: row.name, product, view };
}

type ToldDocument = PortalDocumentFacts & DocumentFacts;

/** A verdict is the auditor's own, and can be taken back, until the decision: the customer hears of it with that. */
function asTold(row: DocumentRow, decidedAt: number | null): ToldDocument {
  const facts = documentFacts(row);
  const { id, linkId, filename, failure, note, reasonCodes, message, reviewRegion: region } = row;
  const document = {
    ...facts,
    ...{ id, linkId, filename, failure, note, reasonCodes, message, region },
    group: facts.group ?? null,
    reviewedAt: row.verdict === 'pending' ? null : facts.reviewedAt,
  };
  if (isTold(document.reviewedAt, decidedAt)) return document;
  const known = row.toldVerdict ?? { verdict: 'pending', reasonCodes: [], message: null, region: null };
  // What is known was told with the last decision at the latest.
  return {
    ...document,
    ...known,
    reviewedAt: known.verdict === 'pending' ? null : decidedAt,
    isJudged: true,
  };
}

/** Begins the portal stream of a customer whose row is locked; from now on every change of it is told. */
export async function openPortalView(tx: Tx, customerId: string): Promise<void> {
  const [file] = await readPortalFiles(tx, [customerId]);
  if (file) await tx.insert(portalViews).values({ customerId, view: file.view }).onConflictDoNothing();
}

/**
 * Tells the pages of these customers what has changed for them, if anything; customers who have had no link cost one
 * look. The rows are locked, and as they are after the changes.
 */
export async function tellPortals(
  tx: Tx,
  changes: readonly { row: CustomerRow; actor: Actor }[],
): Promise<void> {
  const rows = new Map(changes.filter(({ row }) => !row.deletedAt).map(({ row }) => [row.id, row]));
  if (rows.size === 0) return;
  const known = await tx
    .select()
    .from(portalViews)
    .where(inArray(portalViews.customerId, [...rows.keys()]));
  if (known.length === 0) return;
  const facts = await readTellable(
    tx,
    known.map(({ customerId }) => customerId),
  );
  const events: NewPortalEvent[] = [];
  for (const { customerId, view: before } of known) {
    const { version, view } = portalFile(facts, rows.get(customerId) as CustomerRow);
    const change = portalChange(before, view);
    if (!change) continue;
    await tx.update(portalViews).set({ view }).where(eq(portalViews.customerId, customerId));
    const byCustomer = changes.some(({ row, actor }) => row.id === customerId && actor.kind === 'customer');
    events.push({
      streams: [portalStream(customerId)],
      entity: { type: 'customer', id: customerId },
      version,
      type: 'portal.changed',
      actor: { kind: byCustomer ? 'customer' : 'system', id: null, name: '' },
      data: change,
    });
  }
  await appendEvents(tx, events);
}
