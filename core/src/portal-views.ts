import { builtOnce, type DbOrTx, type Tx } from '@qijian/db/client.ts';
import { type Catalog, readCatalog } from '@qijian/db/queries/catalog.ts';
import { documentFacts, readTellingDocuments } from '@qijian/db/queries/document-facts.ts';
import type { DocumentRow } from '@qijian/db/queries/documents.ts';
import { appendEvents, type NewPortalEvent } from '@qijian/db/queries/events.ts';
import { customers } from '@qijian/db/schema/customers.ts';
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
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { completenessOf } from './completeness.ts';

type CustomerRow = typeof customers.$inferSelect;

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
  const [rows, catalog, documents] = await Promise.all([
    db
      .select()
      .from(customers)
      .where(and(inArray(customers.id, customerIds), isNull(customers.deletedAt))),
    readCatalog(db),
    readTellingDocuments(db, customerIds),
  ]);
  return rows.map((row) => portalFile({ catalog, documents }, row));
}

/** What customers' pages are made of. */
interface Tellable {
  catalog: Catalog;
  /** By customer, oldest first. */
  documents: Map<string, DocumentRow[]>;
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
  // Not told yet: show the verdict that the last decision told.
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

type ViewRow = typeof portalViews.$inferSelect;

const viewsOf = builtOnce((db) =>
  db
    .select()
    .from(portalViews)
    .where(sql`${portalViews.customerId} = any(${sql.placeholder('customerIds')}::uuid[])`)
    .prepare('portal_views'),
);

/** What is known already on the pages of these customers; those who have had no link have none. */
export function readPortalViews(tx: Tx, customerIds: string[]): Promise<ViewRow[]> {
  return viewsOf(tx, { customerIds });
}

/** What those pages are made of, as it is after the changes; without pages nothing is read. */
export async function readTellable(tx: Tx, views: ViewRow[]): Promise<Tellable['documents']> {
  const ids = views.map(({ customerId }) => customerId);
  return ids.length === 0 ? new Map() : readTellingDocuments(tx, ids);
}

/** What `tellPortals` compares. */
export interface Told extends Tellable {
  views: ViewRow[];
}

/** Tells the pages of these customers what has changed for them, if anything; the rows are locked, and as they are after the changes. */
export async function tellPortals(
  tx: Tx,
  changes: readonly { row: CustomerRow; actor: Actor }[],
  told: Told,
): Promise<void> {
  const rows = new Map(changes.filter(({ row }) => !row.deletedAt).map(({ row }) => [row.id, row]));
  const events: NewPortalEvent[] = [];
  const changed: { customerId: string; view: PortalView }[] = [];
  for (const { customerId, view: before } of told.views) {
    const row = rows.get(customerId);
    if (!row) continue;
    const { version, view } = portalFile(told, row);
    const change = portalChange(before, view);
    if (!change) continue;
    changed.push({ customerId, view });
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
  await Promise.all([
    ...changed.map(({ customerId, view }) =>
      tx.update(portalViews).set({ view }).where(eq(portalViews.customerId, customerId)),
    ),
    appendEvents(tx, events),
  ]);
}
