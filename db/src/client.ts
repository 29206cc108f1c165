import type { ExtractTablesWithRelations } from 'drizzle-orm';
import { makePgArray } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { schema } from './schema/all.ts';

type Schema = typeof schema;
export type Db = PostgresJsDatabase<Schema> & { $client: Sql };
export type Tx = PostgresJsTransaction<Schema, ExtractTablesWithRelations<Schema>>;
/** What every query function takes first: it runs alone or inside a command's transaction. */
export type DbOrTx = Db | Tx;

/**
 * Flat arrays by the fixed numbers of their types. The driver would ask for them on every new connection, and a connection
 * that is cut during that question rejects a promise nobody can catch: a restart of Postgres would end the process.
 */
function arrayOf<T>(oid: number, element: (text: string) => T) {
  return {
    to: oid,
    from: [oid],
    serialize: (values: unknown) => (Array.isArray(values) ? makePgArray(values) : values),
    parse: (text: string): T[] =>
      [...text.matchAll(/"((?:[^"\\]|\\.)*)"|[^,{}]+/gs)].map(([bare, quoted]) =>
        element(quoted === undefined ? bare : quoted.replace(/\\(.)/gs, '$1')),
      ),
  };
}
const ARRAYS = {
  texts: arrayOf(1009, String),
  uuids: arrayOf(2951, String),
  integers: arrayOf(1007, Number),
  bigints: arrayOf(1016, String),
};

/** Statements with more values than this are batches of varying length, not worth remembering. */
const MOST_PREPARED_VALUES = 60;

/**
 * Statements are prepared, once a connection. Drizzle asks for unnamed ones, which cost a second round trip and a new
 * plan each time, and hold up those that are pipelined behind them.
 */
function prepareStatements(sql: Sql): void {
  const prepare = (on: Sql | TransactionSql) => {
    const { unsafe } = on;
    on.unsafe = (query, values = [], options) =>
      unsafe(query, values, { ...options, prepare: values.length <= MOST_PREPARED_VALUES });
  };
  prepare(sql);
  const begin = sql.begin as (work: (tx: TransactionSql) => unknown) => Promise<unknown>;
  sql.begin = ((work: (tx: TransactionSql) => unknown) =>
    begin((tx) => {
      prepare(tx);
      return work(tx);
    })) as Sql['begin'];
}

/** A connection pool; `close` waits up to five seconds for running queries. */
export function connect(
  url: string,
  options: {
    max?: number;
    applicationName?: string;
    /** One plan for each statement, whatever its values; otherwise Postgres may make another each time. */
    keepPlans?: boolean;
    onNotice?: (message: string) => void;
  } = {},
) {
  const sql = postgres(url, {
    max: options.max ?? 10,
    connection: {
      application_name: options.applicationName ?? 'qijian',
      statement_timeout: 30_000,
      ...(options.keepPlans ? { plan_cache_mode: 'force_generic_plan' } : {}),
    },
    onnotice: (notice) => options.onNotice?.(notice.message ?? ''),
    connect_timeout: 10,
    fetch_types: false,
    types: ARRAYS,
  }) as unknown as Sql;
  prepareStatements(sql);
  const db = drizzle({ client: sql, schema }) as Db;
  return { db, sql, close: () => sql.end({ timeout: 5 }) };
}

/** Builds statements and runs none. */
const builder = drizzle.mock({ schema }) as unknown as Db;

/**
 * A statement that is built once; its values come by `sql.placeholder`. Building one costs this process a quarter of a
 * millisecond, several times what a small one takes the database, so those that every request or upload needs are kept.
 * It is lent the connection of whoever runs it; were that to fail, it would have none to run on.
 */
export function builtOnce<R>(
  build: (db: Db) => { execute(values?: Record<string, unknown>): Promise<R> },
): (db: DbOrTx, values: Record<string, unknown>) => Promise<R> {
  let statement: ReturnType<typeof build> | undefined;
  return (db, values) => {
    statement ??= build(builder);
    const { client } = db._.session as unknown as { client: Sql };
    const lent: typeof statement = Object.create(statement, { client: { value: client } });
    return lent.execute(values);
  };
}

/** Runs `read` in one REPEATABLE READ, read-only snapshot. */
export function snapshot<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

/**
 * Held shared, beside a customer's lock, by every transaction that calculates completeness, and alone by a change of the
 * catalog: the run over all customers that follows finds whatever was calculated by the catalog as it was.
 */
export const CATALOG_LOCK = 7_163_506;

/** Work that one process at a time does; the numbers are those of its advisory locks. */
export const ALONE = { recalculation: 7_163_504, housekeeping: 7_163_505 } as const;

/** Does the work unless another process is at it; a process that dies makes way. */
export async function alone(db: Db, lock: keyof typeof ALONE, work: () => Promise<void>): Promise<void> {
  const connection = await db.$client.reserve();
  try {
    const [taken] = await connection<
      { mine: boolean }[]
    >`select pg_try_advisory_lock(${ALONE[lock]}) as mine`;
    if (!taken?.mine) return;
    try {
      await work();
    } finally {
      await connection`select pg_advisory_unlock(${ALONE[lock]})`;
    }
  } finally {
    connection.release();
  }
}
