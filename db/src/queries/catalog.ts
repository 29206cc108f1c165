import type { Checklist, DocumentTypeBody } from '@qijian/domain/contract/api/catalog.ts';
import type { ChecklistItem } from '@qijian/domain/rules/completeness.ts';
import type { DocumentType, LocalizedText } from '@qijian/domain/rules/document-types.ts';
import { asc, desc, eq, isNull, sql } from 'drizzle-orm';
import { builtOnce, CATALOG_LOCK, type Db, type DbOrTx, type Tx } from '../client.ts';
import { checklists, documentTypes, recalculations } from '../schema/catalog.ts';
import { installation } from '../schema/events.ts';

type TypeRow = typeof documentTypes.$inferSelect;
type ChecklistRow = typeof checklists.$inferSelect;

/** A stored document type as everybody outside the database knows it. */
export function toDocumentType(row: TypeRow): DocumentTypeBody {
  return {
    code: row.code,
    version: row.version,
    name: { zh: row.nameZh, en: row.nameEn },
    required: row.required,
    order: row.order,
    minPages: row.minPages,
    maxAgeDays: row.maxAgeDays,
    instructions: { zh: row.instructionsZh, en: row.instructionsEn },
    active: row.active,
    waivable: row.waivable,
  };
}

/** The columns of a document type, from the fields that are given. */
export function typeColumns(type: Partial<DocumentType>): Partial<TypeRow> {
  const { name, instructions, ...rest } = type;
  return {
    ...rest,
    ...(name ? { nameZh: name.zh, nameEn: name.en } : {}),
    ...(instructions ? { instructionsZh: instructions.zh, instructionsEn: instructions.en } : {}),
  };
}

export function toChecklist(row: ChecklistRow): Checklist {
  return {
    product: row.product,
    version: row.version,
    name: { zh: row.nameZh, en: row.nameEn },
    active: row.active,
    items: row.items,
  };
}

/** All document types, in the order customers see them, and all checklists by product. */
export interface Catalog {
  revision: string;
  types: readonly DocumentTypeBody[];
  checklists: ReadonlyMap<string, Checklist>;
}

/** The catalog last read; of which database and which change it is, its revision says. */
let lastRead: Catalog | null = null;

const { catalogRevision: revision } = installation;
const revisionNow = builtOnce((db) =>
  db
    .select({ revision })
    .from(installation)
    // With a value, because the driver prepares no statement that has none.
    .where(eq(installation.id, sql.placeholder('id')))
    .prepare('catalog_revision'),
);

/** The catalog in this snapshot, from memory where it has not changed since; under a customer's lock it is the last word. */
export async function readCatalog(db: DbOrTx): Promise<Catalog> {
  const [now] = await revisionNow(db, { id: 1 });
  if (lastRead && lastRead.revision === now?.revision) return lastRead;
  const [types, lists] = await Promise.all([
    db
      .select({ revision, row: documentTypes })
      .from(installation)
      .leftJoin(documentTypes, sql`true`)
      .orderBy(asc(documentTypes.order), asc(documentTypes.code)),
    db
      .select({ revision, row: checklists })
      .from(installation)
      .leftJoin(checklists, sql`true`)
      .orderBy(asc(checklists.product)),
  ]);
  const catalog = {
    revision: types[0]?.revision as string,
    types: types.flatMap(({ row }) => (row ? toDocumentType(row) : [])),
    checklists: new Map(lists.flatMap(({ row }) => (row ? [[row.product, toChecklist(row)] as const] : []))),
  };
  // Without a lock the catalog may have changed between the two.
  if (lists[0]?.revision === catalog.revision) lastRead = catalog;
  return catalog;
}

/** Waits for all who use the catalog and keeps others from it until the transaction ends: before it is looked at for a change. */
export async function lockCatalog(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${CATALOG_LOCK})`);
}

export async function lockDocumentType(tx: Tx, code: string): Promise<TypeRow | null> {
  await lockCatalog(tx);
  const rows = await tx.select().from(documentTypes).where(eq(documentTypes.code, code)).for('update');
  return rows[0] ?? null;
}

/** Adds a type; null when the code is taken. */
export async function insertDocumentType(tx: Tx, type: DocumentType): Promise<TypeRow | null> {
  const rows = await tx
    .insert(documentTypes)
    .values(typeColumns(type) as TypeRow)
    .onConflictDoNothing()
    .returning();
  return rows[0] ?? null;
}

export async function updateDocumentType(tx: Tx, code: string, set: Partial<DocumentType>): Promise<TypeRow> {
  const rows = await tx
    .update(documentTypes)
    .set({ ...typeColumns(set), version: sql`${documentTypes.version} + 1` })
    .where(eq(documentTypes.code, code))
    .returning();
  return rows[0] as TypeRow;
}

/** Whether anything knows a document type: documents, lists of products, or what was asked of customers. */
export async function isTypeUsed(tx: Tx, code: string): Promise<boolean> {
  const named = JSON.stringify([{ type: code }]);
  const rows = await tx.execute<{ used: boolean }>(sql`
    select exists(select from documents where type = ${code})
      or exists(select from checklists where items @> ${named}::jsonb)
      or exists(select from customers where requested_types @> ${named}::jsonb
        or excused_types @> ${named}::jsonb or ${code} = any(waived_types)) as used`);
  return rows[0]?.used ?? true;
}

export async function deleteDocumentType(tx: Tx, code: string): Promise<void> {
  await tx.delete(documentTypes).where(eq(documentTypes.code, code));
}

/** Whether any customer has a loan product, deleted ones included. */
export async function isProductUsed(tx: Tx, product: string): Promise<boolean> {
  const rows = await tx.execute<{ used: boolean }>(
    sql`select exists(select from customers where product = ${product}) as used`,
  );
  return rows[0]?.used ?? true;
}

export async function deleteChecklist(tx: Tx, product: string): Promise<void> {
  await tx.delete(checklists).where(eq(checklists.product, product));
}

export async function lockChecklist(tx: Tx, product: string): Promise<ChecklistRow | null> {
  await lockCatalog(tx);
  const rows = await tx.select().from(checklists).where(eq(checklists.product, product)).for('update');
  return rows[0] ?? null;
}

/** Adds a loan product with its checklist; null when the code is taken. */
export async function insertChecklist(
  tx: Tx,
  checklist: { product: string; name: LocalizedText; items: ChecklistItem[] },
): Promise<ChecklistRow | null> {
  const rows = await tx
    .insert(checklists)
    .values({
      product: checklist.product,
      nameZh: checklist.name.zh,
      nameEn: checklist.name.en,
      items: checklist.items,
    })
    .onConflictDoNothing()
    .returning();
  return rows[0] ?? null;
}

export async function updateChecklist(
  tx: Tx,
  product: string,
  set: {
    name?: LocalizedText | undefined;
    active?: boolean | undefined;
    items?: ChecklistItem[] | undefined;
  },
): Promise<ChecklistRow> {
  const rows = await tx
    .update(checklists)
    .set({
      ...(set.name ? { nameZh: set.name.zh, nameEn: set.name.en } : {}),
      ...(set.active === undefined ? {} : { active: set.active }),
      ...(set.items ? { items: set.items } : {}),
      version: sql`${checklists.version} + 1`,
    })
    .where(eq(checklists.product, product))
    .returning();
  return rows[0] as ChecklistRow;
}

/** Starts a run over all customers once nobody calculates by the former catalog any more; `total` is the planner's estimate until the run itself counts. */
export async function insertRecalculation(tx: Tx, id: string): Promise<void> {
  await lockCatalog(tx);
  await tx.insert(recalculations).values({
    id,
    total: sql`(select count(*) from customers where deleted_at is null)` as unknown as number,
  });
}

/** The latest run after a change of the catalog. */
export async function readLatestRecalculation(db: DbOrTx) {
  const rows = await db
    .select()
    .from(recalculations)
    .where(isNull(recalculations.night))
    .orderBy(desc(recalculations.startedAt))
    .limit(1);
  return rows[0] ?? null;
}

/** The presets of a new installation; does nothing where there are types already. */
export async function insertPresets(
  db: Db,
  types: readonly DocumentType[],
  products: readonly { code: string; name: LocalizedText; items: ChecklistItem[] }[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`lock table document_types in share row exclusive mode`);
    const existing = await tx.select({ code: documentTypes.code }).from(documentTypes).limit(1);
    if (existing.length > 0) return;
    for (const type of types) await insertDocumentType(tx, type);
    for (const { code, name, items } of products) await insertChecklist(tx, { product: code, name, items });
  });
}
