import { connect } from '@qijian/db/client.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sequencer } from './sequencer.ts';
import { openWorld, until } from './testing/live-world.ts';

const STREAM = 'catalog';
let database: TestDatabase;
let world: ReturnType<typeof openWorld>;
let connection: ReturnType<typeof connect>;

beforeAll(async () => {
  database = await createTestDatabase();
  world = openWorld(database.url);
  connection = connect(database.url, { max: 1, applicationName: 'test' });
});
afterAll(async () => {
  await Promise.all([world?.close(), connection?.close()]);
  await database?.drop();
});

function open(options: { everyMs?: number; gatherMs?: number } = {}) {
  const told: number[] = [];
  const sequencer = new Sequencer({
    ...options,
    db: connection.db,
    log: pino({ level: 'silent' }),
    grown: (heads) => told.push(...heads.map(({ head }) => head)),
  });
  /** Commands that are under way until they are ended by hand. */
  const begin = (many: number) =>
    Array.from({ length: many }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ended = sequencer.during(() => promise);
      return () => {
        resolve();
        return ended;
      };
    });
  return { sequencer, told, begin };
}

test('a lone event is let out at once, though somebody else is at work', async () => {
  const { sequencer, told, begin } = open({ gatherMs: 60_000 });
  const [end] = begin(1);
  await sequencer.during(() => world.append(STREAM));
  await until(
    () => told.length,
    (many) => many === 1,
  );
  await end?.();
  await sequencer.settled();
});

test('a look for what others left behind, which finds nothing, delays nobody', async () => {
  const { sequencer, told } = open({ everyMs: 60_000 });
  sequencer.drain();
  await sequencer.settled();
  await sequencer.during(() => world.append(STREAM));
  await until(
    () => told.length,
    (many) => many === 1,
  );
  await sequencer.settled();
});

test('under load events wait for those of the commands under way and go out together', async () => {
  const { sequencer, told, begin } = open({ gatherMs: 60_000 });
  const ends = begin(4);
  for (const n of [1, 2, 3]) await sequencer.during(() => world.append(STREAM, n));
  expect(told).toEqual([]);
  await Promise.all(ends.slice(0, 2).map((end) => end()));
  await until(
    () => told.length,
    (many) => many === 1,
  );
  const rows = await world.log(STREAM);
  expect(rows.at(-1)?.seq).toBe(told[0]);
  await Promise.all(ends.map((end) => end()));
  await sequencer.settled();
});

test('a command that is refused costs no look for events', async () => {
  const { sequencer, told } = open();
  await world.append(STREAM);
  await expect(sequencer.during(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  await sequencer.settled();
  expect(told).toEqual([]);
  sequencer.drain();
  await sequencer.settled();
  expect(told).toHaveLength(1);
});

test('commands that take long keep nobody’s events back', async () => {
  const { sequencer, told, begin } = open();
  const ends = begin(5);
  await sequencer.during(() => world.append(STREAM));
  await until(
    () => told.length,
    (many) => many === 1,
  );
  await Promise.all(ends.map((end) => end()));
  await sequencer.settled();
});
