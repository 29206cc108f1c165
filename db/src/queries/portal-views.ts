import { type Actor, portalStream } from '@qijian/domain/contract/live-events.ts';
import { type ChecklistItem, computeCompleteness, typeMarks } from '@qijian/domain/rules/completeness.ts';
import type { LocalizedText } from '@qijian/domain/rules/document-types.ts';
import {
  isTold,
  type PortalDocumentFacts,
  type PortalView,
  portalChange,
  portalView,
} from '@qijian/domain/rules/portal.ts';
import { and, asc, eq, inArray, isNull } from 'drizzle-orm';
import type { DbOrTx, Tx } from '../client.ts';
import { checklists } from '../schema/catalog.ts';
import { customers } from '../schema/customers.ts';
import { documents, type ToldVerdict } from '../schema/documents.ts';
import { portalViews } from '../schema/links.ts';
import { readDocumentTypes } from './catalog.ts';
import { appendEvents, type NewPortalEvent } from './events.ts';

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
  const rows = await db
    .select({
      id: customers.id,
      version: customers.version,
      name: customers.name,
      status: customers.status,
      submittedAt: customers.submittedAt,
      decidedAt: customers.decidedAt,
      requestedTypes: customers.requestedTypes,
      excusedTypes: customers.excusedTypes,
      waivedTypes: customers.waivedTypes,
      product: { zh: checklists.nameZh, en: checklists.nameEn },
      checklist: checklists.items,
    })
    .from(customers)
    .leftJoin(checklists, eq(checklists.product, customers.product))
    .where(and(inArray(customers.id, customerIds), isNull(customers.deletedAt)));
  const [types, documents] = await Promise.all([readDocumentTypes(db), readDocuments(db, customerIds)]);
  return rows.map((row) => {
    const decidedAt = row.decidedAt?.getTime() ?? null;
    const own = (documents.get(row.id) ?? []).map((document) => asTold(document, decidedAt));
    const completeness = computeCompleteness({
      types,
      checklist: row.checklist as ChecklistItem[] | null,
      requestedTypes: typeMarks(row.requestedTypes),
      excusedTypes: typeMarks(row.excusedTypes),
      documents: own,
      now: Date.now(),
    });
    const view = portalView({
      types,
      completeness,
      requested: row.requestedTypes,
      waivedTypes: row.waivedTypes,
      status: row.status,
      submittedAt: row.submittedAt?.getTime() ?? null,
      documents: own,
    });
    return { customerId: row.id, version: row.version, name: row.name, product: row.product, view };
  });
}

type ReadDocument = PortalDocumentFacts & { toldVerdict: ToldVerdict | null };

/** A verdict is the auditor's own, and can be taken back, until the decision: the customer hears of it with that. */
function asTold({ toldVerdict, ...document }: ReadDocument, decidedAt: number | null): PortalDocumentFacts {
  if (isTold(document.reviewedAt, decidedAt)) return document;
  const { verdict = 'pending', reasonCodes = [], message = null, region = null } = toldVerdict ?? {};
  // What is known was told with the last decision at the latest.
  const reviewedAt = verdict === 'pending' ? null : decidedAt;
  return { ...document, verdict, reasonCodes, message, region, reviewedAt, isJudged: true };
}

async function readDocuments(db: DbOrTx, customerIds: string[]): Promise<Map<string, ReadDocument[]>> {
  const rows = await db
    .select()
    .from(documents)
    .where(and(inArray(documents.customerId, customerIds), isNull(documents.deletedAt)))
    .orderBy(asc(documents.createdAt), asc(documents.id));
  const facts = new Map<string, ReadDocument[]>();
  for (const row of rows) {
    const own = facts.get(row.customerId) ?? [];
    own.push({
      id: row.id,
      type: row.type,
      linkId: row.linkId,
      filename: row.filename,
      pages: row.pages,
      group:
        row.groupId === null ? null : { id: row.groupId, index: row.pageIndex ?? 0, total: row.pageTotal },
      state: row.state,
      failure: row.failure,
      note: row.note,
      verdict: row.verdict,
      reasonCodes: row.reasonCodes,
      message: row.message,
      region: row.reviewRegion,
      createdAt: row.createdAt.getTime(),
      reviewedAt: row.verdict === 'pending' ? null : (row.reviewedAt?.getTime() ?? null),
      toldVerdict: row.toldVerdict,
    });
    facts.set(row.customerId, own);
  }
  return facts;
}

/** Begins the portal stream of a customer whose row is locked; from now on every change of it is told. */
export async function openPortalView(tx: Tx, customerId: string): Promise<void> {
  const [file] = await readPortalFiles(tx, [customerId]);
  if (file) await tx.insert(portalViews).values({ customerId, view: file.view }).onConflictDoNothing();
}

/**
 * Tells the pages of these customers what has changed for them, if anything; customers who have had no link cost one
 * look. The customers' rows are locked by the changes themselves.
 */
export async function tellPortals(
  tx: Tx,
  changes: readonly { customer: { id: string }; actor: Actor }[],
): Promise<void> {
  const ids = [...new Set(changes.map(({ customer }) => customer.id))];
  if (ids.length === 0) return;
  const known = await tx.select().from(portalViews).where(inArray(portalViews.customerId, ids));
  if (known.length === 0) return;
  const files = await readPortalFiles(
    tx,
    known.map((row) => row.customerId),
  );
  const events: NewPortalEvent[] = [];
  for (const { customerId, version, view } of files) {
    const before = known.find((row) => row.customerId === customerId)?.view;
    const change = before && portalChange(before, view);
    if (!change) continue;
    await tx.update(portalViews).set({ view }).where(eq(portalViews.customerId, customerId));
    const byCustomer = changes.some(
      ({ customer, actor }) => customer.id === customerId && actor.kind === 'customer',
    );
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
