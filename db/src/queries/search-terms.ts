import { customerSearchTerms, SEARCH_TERMS_VERSION } from '@qijian/domain/rules/search-terms.ts';
import { asc, eq, gt, sql } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { customers } from '../schema/customers.ts';
import { installation } from '../schema/events.ts';

const BATCH = 500;

/**
 * Makes the search terms of all customers anew when the rule has changed since they were made; answers how many had
 * other ones. Customers stay as they are to everybody: no version, no event. Stopped half-way it begins again.
 */
export async function renewSearchTerms(db: Db): Promise<number> {
  const [known] = await db.select({ version: installation.searchTermsVersion }).from(installation);
  if (!known || known.version >= SEARCH_TERMS_VERSION) return 0;
  let renewed = 0;
  for (let last: string | undefined = ''; last !== undefined; ) {
    const after: string = last;
    const batch = await db.transaction(async (tx) => {
      const rows = await tx
        .select({
          id: customers.id,
          number: customers.number,
          name: customers.name,
          phone: customers.phone,
          idNumber: customers.idNumber,
        })
        .from(customers)
        .where(after ? gt(customers.id, after) : undefined)
        .orderBy(asc(customers.id))
        .limit(BATCH)
        .for('update');
      const made = rows.map((row) => ({ id: row.id, terms: customerSearchTerms(row) }));
      const changed = await tx.execute(sql`
        update customers c set search_terms = made.terms
        from json_to_recordset(${JSON.stringify(made)}::json) as made (id uuid, terms text[])
        where c.id = made.id and c.search_terms is distinct from made.terms returning 1`);
      return { last: rows.at(-1)?.id, changed: changed.length };
    });
    renewed += batch.changed;
    last = batch.last;
  }
  await db
    .update(installation)
    .set({ searchTermsVersion: SEARCH_TERMS_VERSION })
    .where(eq(installation.id, 1));
  return renewed;
}
