import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { Id, Names, Nullable, StreamHeadBody, Timestamp, Version } from './common.ts';

const Code = Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$', examples: ['bank_statement'] });
const Instructions = Type.Object(
  { zh: Type.String({ maxLength: 200 }), en: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
);
const editable = {
  name: Names,
  required: Type.Boolean(),
  order: Type.Integer({ minimum: 0, maximum: 9999 }),
  minPages: Type.Integer({ minimum: 1, maximum: 200 }),
  maxAgeDays: Nullable(Type.Integer({ minimum: 1, maximum: 3650 })),
  instructions: Instructions,
  active: Type.Boolean(),
};
/** Whether customers may say that they have none, while it is not required of them; true unless given. */
const waivable = Type.Boolean();
export const DocumentTypeSchema = Type.Object(
  { code: Code, version: Type.Integer(), ...editable, waivable },
  { title: 'DocumentType' },
);
export type DocumentTypeBody = Static<typeof DocumentTypeSchema>;
/** With where the catalog's stream stood: whoever follows it from there misses no change. */
export const DocumentTypeList = Type.Object({
  items: Type.Array(DocumentTypeSchema),
  head: StreamHeadBody,
});
export type DocumentTypeList = Static<typeof DocumentTypeList>;
export const CreateDocumentTypeBody = Type.Object(
  { code: Code, ...editable, waivable: Type.Optional(waivable) },
  { additionalProperties: false },
);
export const UpdateDocumentTypeBody = Type.Object(
  {
    version: Version,
    name: Type.Optional(editable.name),
    required: Type.Optional(editable.required),
    order: Type.Optional(editable.order),
    minPages: Type.Optional(editable.minPages),
    maxAgeDays: Type.Optional(editable.maxAgeDays),
    instructions: Type.Optional(editable.instructions),
    active: Type.Optional(editable.active),
    waivable: Type.Optional(waivable),
  },
  { additionalProperties: false, minProperties: 2 },
);
export const CodeParams = Type.Object({ code: Code }, { additionalProperties: false });

export const ChecklistItemSchema = Type.Object(
  {
    type: Code,
    required: Type.Boolean(),
    minPages: Nullable(Type.Integer({ minimum: 1, maximum: 200 })),
    maxAgeDays: Nullable(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  { additionalProperties: false },
);
/** A loan product and the types it requires. */
export const ChecklistSchema = Type.Object(
  {
    product: Code,
    version: Type.Integer(),
    name: Names,
    active: Type.Boolean(),
    items: Type.Array(ChecklistItemSchema),
  },
  { title: 'Checklist' },
);
export type Checklist = Static<typeof ChecklistSchema>;
export const ChecklistList = Type.Object({ items: Type.Array(ChecklistSchema), head: StreamHeadBody });
export type ChecklistList = Static<typeof ChecklistList>;
export const CreateChecklistBody = Type.Object(
  { product: Code, name: Names, items: Type.Array(ChecklistItemSchema, { maxItems: 100 }) },
  { additionalProperties: false },
);
export const UpdateChecklistBody = Type.Object(
  {
    version: Version,
    name: Type.Optional(Names),
    active: Type.Optional(Type.Boolean()),
    items: Type.Optional(Type.Array(ChecklistItemSchema, { maxItems: 100 })),
  },
  { additionalProperties: false, minProperties: 2 },
);
export const ProductParams = Type.Object({ product: Code }, { additionalProperties: false });

/** The latest recalculation of all customers, or null when there was none. */
export const RecalculationAnswer = Type.Object({
  recalculation: Nullable(
    Type.Object({
      id: Id,
      done: Type.Integer(),
      total: Type.Integer(),
      startedAt: Timestamp,
      finishedAt: Nullable(Timestamp),
    }),
  ),
});

/** Document types, loan products and their checklists. */
export const catalogEndpoints = {
  listTypes: {
    method: 'GET',
    path: '/api/document-types',
    access: 'catalog.read',
    answer: [200, DocumentTypeList],
  },
  createType: {
    method: 'POST',
    path: '/api/document-types',
    access: 'catalog.write',
    body: CreateDocumentTypeBody,
    answer: [201, DocumentTypeSchema],
    once: true,
    problems: ['already-exists'],
  },
  updateType: {
    method: 'PATCH',
    path: '/api/document-types/:code',
    access: 'catalog.write',
    params: CodeParams,
    body: UpdateDocumentTypeBody,
    answer: [200, DocumentTypeSchema],
    once: true,
    problems: ['version-conflict'],
  },
  removeType: {
    method: 'DELETE',
    path: '/api/document-types/:code',
    access: 'catalog.write',
    params: CodeParams,
    answer: [204, null],
    once: true,
    problems: ['in-use'],
  },
  readRecalculation: {
    method: 'GET',
    path: '/api/document-types/recalculation',
    access: 'catalog.read',
    answer: [200, RecalculationAnswer],
  },
  listProducts: {
    method: 'GET',
    path: '/api/checklists',
    access: 'catalog.read',
    answer: [200, ChecklistList],
  },
  createProduct: {
    method: 'POST',
    path: '/api/checklists',
    access: 'catalog.write',
    body: CreateChecklistBody,
    answer: [201, ChecklistSchema],
    once: true,
    problems: ['already-exists'],
  },
  updateProduct: {
    method: 'PATCH',
    path: '/api/checklists/:product',
    access: 'catalog.write',
    params: ProductParams,
    body: UpdateChecklistBody,
    answer: [200, ChecklistSchema],
    once: true,
    problems: ['version-conflict'],
  },
  removeProduct: {
    method: 'DELETE',
    path: '/api/checklists/:product',
    access: 'catalog.write',
    params: ProductParams,
    answer: [204, null],
    once: true,
    problems: ['in-use'],
  },
} as const satisfies Endpoints;
