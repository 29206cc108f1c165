import { connect } from '@qijian/db/client.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import { createTestDatabase, type TestDatabase } from '@qijian/e2e/fixtures/test-database.ts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loggableError } from './loggable-error.ts';

let database: TestDatabase;
let connection: ReturnType<typeof connect>;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = connect(database.url, { max: 1 });
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

test('a refused row is logged with its code and place, without the values of the row', async () => {
  const user = { id: '0199a000-0000-7000-8000-000000000000', username: 'x', displayName: '王雨桐' };
  const error = await failure(
    insertUser(connection.db, { ...user, passwordHash: '13800000046', role: 'nobody' as never }),
  );
  const logged = JSON.stringify(loggableError(error));
  expect(String(error)).toContain('王雨桐');
  expect(logged).not.toMatch(/王雨桐|13800000046/);
  expect(logged).toContain('"code":"23514"');
  expect(logged).toContain('insert into');
});

test('a value that the database could not read is not logged with its message', async () => {
  const error = await failure(connection.db.execute(sql`select ${'330106199001011234X'}::int`));
  expect(JSON.stringify(loggableError(error))).not.toContain('330106199001011234X');
});

test('errors of our own keep their message', () => {
  const logged = loggableError(new Error('outer', { cause: new RangeError('inner') }));
  expect(logged).toMatchObject({
    type: 'Error',
    message: 'outer',
    cause: { type: 'RangeError', message: 'inner' },
  });
  expect(logged.stack.length).toBeGreaterThan(0);
});
