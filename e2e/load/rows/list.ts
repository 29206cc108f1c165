import { seedCustomers } from '@qijian/db/testing/seed-customers.ts';
import { querySearchTerms } from '@qijian/domain/rules/search-terms.ts';
import autocannon from 'autocannon';
import postgres from 'postgres';
import type { Installation, Server } from '../../support/installation.ts';
import { type Figure, percentile } from '../figures.ts';
import { openRaw } from '../raw/open.ts';

const SEARCH = '思远';

/** Row 5: a page of the list with a search inside the name and a state filter, and how its cost grows with the customers. */
export async function measureList(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  await seedTo(installation, 10_000);
  const small = await costs(server);

  const started = performance.now();
  await seedTo(installation, 100_000);
  const seeding = (performance.now() - started) / 1000;

  const ours = await requestsPerSecond(
    `${server.origin}/api/customers?search=${encodeURIComponent(SEARCH)}&status=pending`,
    {
      cookie: server.cookie,
    },
  );
  const theirs = await rawRequestsPerSecond(installation);

  await seedTo(installation, 1_000_000);
  const large = await costs(server);
  await server.close();

  const worst = Math.max(...Object.values(large).map((cost) => cost.worst));
  return [
    {
      what: 'list page, search in the name + state, 100,000 customers, 32 connections',
      unit: 'req/s',
      product: ours,
      raw: theirs,
      bound: { kind: 'at least', ratio: 0.5 },
    },
    {
      what: 'seeding 90,000 customers (bound 60 s)',
      unit: 's',
      product: seeding,
      raw: 60,
      bound: { kind: 'at most', ratio: 1 },
    },
    ...Object.keys(large).map(
      (kind): Figure => ({
        what: `list page at 1,000,000 ÷ at 10,000 customers: ${kind}`,
        unit: 'ms',
        product: large[kind]?.median ?? Number.NaN,
        raw: small[kind]?.median ?? Number.NaN,
        bound: { kind: 'at most', ratio: 2 },
        note: 'both are the product',
      }),
    ),
    {
      what: 'slowest list page at 1,000,000 customers (bound 50 ms)',
      unit: 'ms',
      product: worst,
      raw: 50,
      bound: { kind: 'at most', ratio: 1 },
    },
  ];
}

const PAGES: Record<string, string> = {
  'search + state': `search=${encodeURIComponent(SEARCH)}&status=pending`,
  'common surname': `search=${encodeURIComponent('王')}`,
  'phone tail': 'search=4821',
  'no filter': '',
  'state only': 'status=reviewing',
  'missing type': 'missing=credit_report&sort=-updatedAt',
};

/** The raw server has the index that suits its one statement, whatever the product's are; it is gone afterwards. */
async function rawRequestsPerSecond(installation: Installation): Promise<number> {
  const sql = postgres(installation.databaseUrl, { max: 1 });
  await sql`create index raw_search on customers using gin (search_terms)`;
  const raw = await openRaw(installation);
  const terms = querySearchTerms(SEARCH).map(encodeURIComponent).join(',');
  const rate = await requestsPerSecond(`${raw.origin}/customers?terms=${terms}&status=pending`, {});
  await raw.close();
  await sql`drop index raw_search`;
  await sql.end();
  return rate;
}

async function seedTo(installation: Installation, total: number): Promise<void> {
  const sql = postgres(installation.databaseUrl, { max: 1 });
  const [row] = await sql<{ many: number }[]>`select count(*)::int as many from customers`;
  await seedCustomers(installation.databaseUrl, total - (row?.many ?? 0));
  await sql`vacuum analyze customers`;
  await sql`checkpoint`;
  await sql.end();
}

/** Time of one request after another, in milliseconds: the cost itself, not the queueing. */
async function costs(server: Server): Promise<Record<string, { median: number; worst: number }>> {
  const result: Record<string, { median: number; worst: number }> = {};
  for (const [kind, query] of Object.entries(PAGES)) {
    const times: number[] = [];
    for (let n = 0; n < 60; n++) {
      const started = performance.now();
      const response = await fetch(`${server.origin}/api/customers?${query}`, {
        headers: { cookie: server.cookie },
      });
      if (!response.ok) throw new Error(`list: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
      if (n >= 10) times.push(performance.now() - started);
    }
    result[kind] = { median: percentile(times, 50), worst: percentile(times, 98) };
  }
  return result;
}

async function requestsPerSecond(url: string, headers: Record<string, string>): Promise<number> {
  await autocannon({ url, headers, connections: 32, duration: 3 });
  const result = await autocannon({ url, headers, connections: 32, duration: 10 });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`list: ${result.non2xx} answers were not 200`);
  return result.requests.average;
}
