import {
  CATALOG_STREAM,
  CUSTOMERS_STREAM,
  customerStream,
  portalStream,
  userStream,
} from '@qijian/domain/contract/live-events.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { appendEvents, sequenceBatch, trimStreams } from './events.ts';
import { readStreamState } from './streams.ts';

const CUSTOMER = uuidv7();
const USER = uuidv7();
const STREAMS = [
  CUSTOMERS_STREAM,
  CATALOG_STREAM,
  userStream(USER),
  customerStream(CUSTOMER),
  portalStream(CUSTOMER),
];
const MANY = 20;
const DAYS = 30;

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 2 });
  await connection.db.transaction(async (tx) => {
    for (let n = 0; n < MANY; n++) {
      await appendEvents(tx, [
        {
          streams: STREAMS,
          entity: { type: 'customer', id: CUSTOMER },
          version: n,
          type: 'invite.changed',
          actor: { kind: 'system', id: null, name: '' },
          data: { inviteId: CUSTOMER },
        },
      ]);
    }
  });
  await sequenceBatch(connection.db);
  // The first half is older than the log reaches back.
  await connection.db.execute(
    sql`update stream_event set at = now() - interval '31 days' where seq <= ${MANY / 2}`,
  );
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

const kept = async (stream: string) => {
  const rows = await connection.sql`select seq::int from stream_event where stream = ${stream} order by seq`;
  return rows.map(({ seq }) => seq as number);
};
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test('what only live screens read is trimmed bit by bit to its days; the operation log of a customer is kept', async () => {
  const removed: number[] = [];
  do removed.push(await trimStreams(connection.db, DAYS, 4));
  while (removed.at(-1) !== 0);
  // Three streams, ten events each, at most four of each at a time.
  expect(removed).toEqual([12, 12, 6, 0]);
  for (const stream of [CUSTOMERS_STREAM, CATALOG_STREAM, userStream(USER)]) {
    expect(await kept(stream)).toEqual(numbers(MANY / 2 + 1, MANY));
    expect(await readStreamState(connection.db, stream, null)).toMatchObject({
      head: MANY,
      trimmedTo: MANY / 2,
    });
  }
  for (const stream of [customerStream(CUSTOMER), portalStream(CUSTOMER)]) {
    expect(await kept(stream)).toEqual(numbers(1, MANY));
    expect(await readStreamState(connection.db, stream, null)).toMatchObject({ head: MANY, trimmedTo: 0 });
  }
});

test('a stream of which all is old keeps its head, and goes on counting', async () => {
  await connection.db.execute(sql`update stream_event set at = now() - interval '31 days'`);
  while ((await trimStreams(connection.db, DAYS)) > 0);
  expect(await kept(CUSTOMERS_STREAM)).toEqual([]);
  expect(await readStreamState(connection.db, CUSTOMERS_STREAM, null)).toMatchObject({
    head: MANY,
    trimmedTo: MANY,
  });
});
