import type { ChecklistItem } from '@qijian/domain/rules/completeness.ts';
import { boolean, date, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { time } from './columns.ts';

export const documentTypes = pgTable('document_types', {
  code: text('code').primaryKey(),
  version: integer('version').notNull().default(1),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  required: boolean('required').notNull(),
  order: integer('order').notNull(),
  minPages: integer('min_pages').notNull().default(1),
  maxAgeDays: integer('max_age_days'),
  instructionsZh: text('instructions_zh').notNull().default(''),
  instructionsEn: text('instructions_en').notNull().default(''),
  active: boolean('active').notNull().default(true),
  waivable: boolean('waivable').notNull().default(true),
});

/** A loan product and the types it requires. */
export const checklists = pgTable('checklists', {
  product: text('product').primaryKey(),
  version: integer('version').notNull().default(1),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  active: boolean('active').notNull().default(true),
  items: jsonb('items').$type<ChecklistItem[]>().notNull(),
});

/**
 * One run over all customers after the catalog changed, or in a night; `cursor` is the last customer done, so that a run
 * resumes.
 */
export const recalculations = pgTable(
  'recalculations',
  {
    id: uuid('id').primaryKey(),
    total: integer('total').notNull(),
    done: integer('done').notNull().default(0),
    cursor: uuid('cursor'),
    startedAt: time('started_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
    /** The day in China of a nightly run, which repairs what differs; null after a change of the catalog. */
    night: date('night').unique(),
    /** How many customers a nightly run found with another completeness than the facts give. */
    drift: integer('drift').notNull().default(0),
  },
  (t) => [index('recalculations_started').on(t.startedAt)],
);
