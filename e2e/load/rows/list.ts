import { readSearch } from '@qijian/domain/rules/search-terms.ts';
import autocannon from 'autocannon';
import postgres from 'postgres';
import { seedCustomers } from '../../fixtures/seed-customers.ts';
import { type Installation, openInstallation, type Server } from '../../support/installation.ts';
import { type Figure, percentile } from '../figures.ts';
import { openRaw } from '../raw/open-raw.ts';

const SEARCH = '思远';

/** Row 5: a page of the list with a search inside the name and a state filter, and how its cost grows with the customers. */
export async function measureList(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  await seedTo(installation, 10_000);
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
  const little = await openInstallation();
  await seedTo(little, 10_000);
  const { small, large } = await costs(await little.openServer(), server);
  await little.close();
  await server.close();

  const worst = Math.max(...Object.values(large).map((cost) => cost.worst));
  return [
    {
      what: 'list page, search in the name + state, 100,000 customers, 32 connections',
      unit: 'req/s',
      product: ours,
      raw: theirs,
      bound: { kind: 'at least', ratio: 0.65 },
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

/** Of what is rare the small table has few rows: where the length of the answers would differ, five are asked for. */
const PAGES: Record<string, string> = {
  'search + state': `search=${encodeURIComponent(SEARCH)}&status=pending&pageSize=5`,
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
  const terms = readSearch(SEARCH).terms.map(encodeURIComponent).join(',');
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

type Costs = Record<string, { median: number; worst: number }>;

/**
 * Time of one request after another, in milliseconds: the cost itself, not the queueing. The two servers are asked by
 * turns, so that whatever else the machine does falls on both.
 */
async function costs(small: Server, large: Server): Promise<{ small: Costs; large: Costs }> {
  const result: { small: Costs; large: Costs } = { small: {}, large: {} };
  for (const [kind, query] of Object.entries(PAGES)) {
    const times = { small: [] as number[], large: [] as number[] };
    for (let n = 0; n < 120; n++) {
      const [one, other] = [await timeOf(small, query), await timeOf(large, query)];
      if (n < 20) continue;
      times.small.push(one);
      times.large.push(other);
    }
    for (const size of ['small', 'large'] as const)
      result[size][kind] = { median: percentile(times[size], 50), worst: percentile(times[size], 98) };
  }
  return result;
}

async function timeOf(server: Server, query: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${server.origin}/api/customers?${query}`, {
    headers: { cookie: server.cookie },
  });
  if (!response.ok) throw new Error(`list: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - started;
}

async function requestsPerSecond(url: string, headers: Record<string, string>): Promise<number> {
  await autocannon({ url, headers, connections: 32, duration: 3 });
  const result = await autocannon({ url, headers, connections: 32, duration: 10 });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`list: ${result.non2xx} answers were not 200`);
  return result.requests.average;
}
