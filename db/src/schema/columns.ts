import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, timestamp } from 'drizzle-orm/pg-core';

/** `timestamptz`, as a Date. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The CHECK that keeps a text column within a set declared in `domain` (enums cannot shrink). */
export function oneOf(column: AnyPgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`;
}
