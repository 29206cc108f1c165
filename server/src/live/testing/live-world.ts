import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Db } from '@qijian/db/client.ts';
import { appendEvents } from '@qijian/db/queries/events.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { sessions, users } from '@qijian/db/schema/users.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createLive, type Live } from '../live.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** No check comes while a test runs: what arrives was brought by a wake. */
export const BY_WAKES_ALONE = { checkEveryMs: 3_600_000 };

/** One live server on a port of its own, with nothing else of the application around it. */
export async function openLive(
  databaseUrl: string,
  redisUrl: string,
  options: { checkEveryMs?: number } = {},
): Promise<{ url: string; live: Live; close(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const live = createLive({
    databaseUrl,
    redisUrl,
    publicUrl: url,
    credentialOf: (headers) => {
      const id = /qijian=(\w+)/.exec(headers.cookie ?? '')?.[1];
      return id ? `s:${sha256(id)}` : null;
    },
    mayConnect: async () => true,
    log: pino({ level: 'silent' }),
    ...options,
  });
  live.attach(server);
  return {
    url,
    live,
    async close() {
      await live.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** People, customers and events in a test database, made as the application makes them. */
export function openWorld(databaseUrl: string) {
  const { db, sql, close } = connect(databaseUrl, { max: 8 });
  return {
    db,
    sql,
    close,
    async person(role: Role = 'staff'): Promise<{ userId: string; cookie: string; idHash: string }> {
      const userId = uuidv7();
      await db.insert(users).values({
        id: userId,
        username: userId,
        displayName: `人${userId.slice(-4)}`,
        role,
        passwordHash: '-',
      });
      return { userId, ...(await signIn(db, userId)) };
    },
    signIn: (userId: string) => signIn(db, userId),
    async customer(createdBy: string): Promise<string> {
      const id = uuidv7();
      await db.insert(customers).values({
        id,
        name: '张三',
        phone: '13800138000',
        searchTerms: [],
        completeness: { required: 0, satisfied: 0, percent: 0, items: [], missing: [], checking: [] },
        createdBy,
      });
      return id;
    },
    /** Commits one event; it still has to be numbered. */
    async append(stream: string, n = 0): Promise<void> {
      await db.transaction((tx) =>
        appendEvents(tx, [
          {
            streams: [stream],
            entity: { type: 'catalog', id: String(n) },
            version: n,
            type: 'catalog.changed',
            actor: { kind: 'system', id: null, name: '' },
            data: { recalculationId: null },
          },
        ]),
      );
    },
    /** The whole numbered log of a stream, as the database has it. */
    async log(stream: string): Promise<{ seq: number; id: string }[]> {
      const rows = await sql<{ seq: number; id: string }[]>`
        select seq::float8 as seq, event_id as id from stream_event where stream = ${stream} order by seq`;
      return [...rows];
    },
  };
}

/** A short form of events, to be compared with the log. */
export const asLogged = (events: LiveEvent[]) => events.map(({ seq, id }) => ({ seq, id }));

/** Waits until something holds; fails with its last value after a while. */
export async function until<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  ms = 20_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`Still ${JSON.stringify(value)} after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function signIn(db: Db, userId: string): Promise<{ cookie: string; idHash: string }> {
  const id = randomBytes(20).toString('hex');
  const later = new Date(Date.now() + 3_600_000);
  const idHash = sha256(id);
  await db.insert(sessions).values({ idHash, userId, expiresAt: later, absoluteExpiresAt: later });
  return { cookie: `qijian=${id}`, idHash };
}
