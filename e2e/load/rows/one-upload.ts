import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import type { Installation } from '../../support/installation.ts';
import { stop } from '../../support/processes.ts';
import { type Figure, percentile } from '../figures.ts';
import { upload } from '../uploads.ts';

const UPLOADS = 11;
/** What one file may cost: two changes (it came, it is ready), each one event on each of the two streams that staff read. */
const EVENTS = 4;
const TRANSACTIONS = 2;
/** Processes whose statements an upload causes; numbering and reading events is done for all of them together. */
const SIDES = ['qijian-server', 'qijian-worker'];

/**
 * Row 2c: what one JPEG costs the database from the request until it is ready: events, transactions that write, and
 * statements, counted by Postgres itself. There is no raw side; the bounds are absolute.
 */
export async function measureOneUpload(installation: Installation, picture: Buffer): Promise<Figure[]> {
  const server = await installation.openServer();
  const worker = installation.openWorker();
  const { id: customerId } = await server.createCustomer('计数', '13800000001');
  const sql = postgres(installation.databaseUrl, { max: 1, connection: { application_name: 'bench' } });
  await sql`alter system set log_line_prefix = '%a %x '`;
  await sql`alter system set log_statement = 'all'`;
  await sql`select pg_reload_conf()`;
  const log = join(installation.dataDir, 'logs/postgres.log');
  const costs: { statements: number; transactions: number; events: number }[] = [];
  try {
    for (let n = 0; n < UPLOADS; n += 1) {
      const from = readFileSync(log, 'utf8').length;
      const [before] = await sql<{ events: number }[]>`select count(*)::int as events from stream_event`;
      await upload({
        url: `${server.origin}/api/customers/${customerId}/documents`,
        headers: { cookie: server.cookie },
        filename: `counted-${n}.jpg`,
        content: Buffer.concat([picture, Buffer.from(`${n}-${Math.random()}`)]),
      });
      await untilReady(sql, customerId, n + 1);
      const [after] = await sql<{ events: number }[]>`select count(*)::int as events from stream_event`;
      costs.push({
        ...countStatements(readFileSync(log, 'utf8').slice(from)),
        events: (after?.events ?? 0) - (before?.events ?? 0),
      });
    }
  } finally {
    await sql.end();
    await stop(worker);
    await server.close();
  }
  // The first ones fill the caches; what is done now and then beside an upload is not its cost.
  const typical = (of: (cost: (typeof costs)[number]) => number) => percentile(costs.slice(3).map(of), 50);
  const note = 'raw is the bound';
  return [
    {
      what: 'one JPEG until it is ready: events',
      unit: '',
      product: typical(({ events }) => events),
      raw: EVENTS,
      bound: { kind: 'at most', ratio: 1 },
      note,
    },
    {
      what: 'one JPEG until it is ready: transactions that write',
      unit: '',
      product: typical(({ transactions }) => transactions),
      raw: TRANSACTIONS,
      bound: { kind: 'at most', ratio: 1 },
      note,
    },
    {
      what: 'one JPEG until it is ready: statements of server and worker',
      unit: '',
      product: typical(({ statements }) => statements),
      raw: 1,
      bound: null,
      note: 'raw does one insert and no preview',
    },
  ];
}

/** The document is ready, and all that happened has been numbered. */
async function untilReady(sql: postgres.Sql, customerId: string, many: number): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const [row] = await sql<{ ready: number; unnumbered: number }[]>`
      select (select count(*) from documents where customer_id = ${customerId} and state = 'ready')::int as ready,
             (select count(*) from outbox)::int as unnumbered`;
    if (row?.ready === many && row.unnumbered === 0) return;
    if (Date.now() > end) throw new Error('a file was not ready in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Statements by their lines in the log, and the transactions among them that were given a number because they write. */
export function countStatements(log: string): { statements: number; transactions: number } {
  const lines = log
    .split('\n')
    .filter(
      (line) => SIDES.some((side) => line.startsWith(side)) && /LOG: {2}(execute|statement)/.test(line),
    );
  const numbers = lines
    .map((line) => /^\S+ (\d+) /.exec(line)?.[1] ?? '0')
    .filter((number) => number !== '0');
  return { statements: lines.length, transactions: new Set(numbers).size };
}
