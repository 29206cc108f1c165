import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDigit } from '@qijian/domain/rules/id-number.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { type Installation, openInstallation, type Server } from '../support/installation.ts';

const ID_17 = '33010619900307743';
/** Numbers that occur nowhere else, and a name for the logs. */
const CANARIES = { phone: '13876540917', idNumber: `${ID_17}${checkDigit(ID_17)}` };
const NAME = '金丝雀';
/** Where the numbers themselves stand, and the words they are found by. */
const STORED_IN = ['customers'];

describe('the numbers of a customer', () => {
  let product: Installation;
  let server: Server;
  let sql: postgres.Sql;
  let customerId: string;
  /** Everything that any answer said. */
  let said = '';
  let seen: string[] = [];

  beforeAll(async () => {
    product = await openInstallation({ LOG_LEVEL: 'trace' });
    sql = postgres(product.databaseUrl, { max: 1 });
    server = await product.openServer();
    product.openWorker();
  }, 180_000);
  afterAll(async () => {
    await sql?.end();
    await product?.close();
  }, 60_000);

  async function call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${server.origin}${path}`, {
      method,
      headers: {
        cookie: server.cookie,
        ...(body ? { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    seen.push(`${method} ${path} ${response.status}`);
    said += text;
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
  }

  /** What happens to a customer from the first word to the decision, with mistakes on the way. */
  async function liveThrough(): Promise<void> {
    const fields = { name: NAME, ...CANARIES, product: 'credit' };
    await call('POST', '/api/customers', { ...fields, idNumber: `${ID_17}Z` });
    const created = await call('POST', '/api/customers', fields);
    expect(created.status).toBe(201);
    customerId = created.body.id;
    const base = `/api/customers/${customerId}`;
    await call('PATCH', base, { version: 1, phone: '13876540918' });
    await call('PATCH', base, { version: 2, phone: CANARIES.phone, idNumber: null });
    await call('PATCH', base, { version: 3, idNumber: CANARIES.idNumber });
    expect((await call('PATCH', base, { version: 1, phone: '13876540919' })).status).toBe(409);
    for (const word of [CANARIES.phone.slice(-4), CANARIES.idNumber.slice(-4), CANARIES.phone]) {
      const { body } = await call('POST', '/api/customers/search', { search: word });
      expect(body.items.map(({ id }: { id: string }) => id)).toContain(customerId);
    }
    expect((await server.upload(customerId, 'bank_statement', `${NAME}.jpg`, sampleJpeg())).status).toBe(201);
    const { body: link } = await call('POST', `${base}/links`, { label: '本人' });
    const token = String(link.url).split('#')[1];
    await call('POST', '/api/portal/session', { token, code: '0000' });
    await call('POST', '/api/portal/session', { token, code: CANARIES.phone.slice(-4) });
    await call('POST', `${base}/comments`, { body: '请核对' });
    await call('POST', `${base}/submit`, { version: 4 });
    for (const path of ['', '/completeness', '/documents', '/events', '/workspace', '/links', '/comments'])
      expect((await call('GET', `${base}${path}`)).status, path).toBe(200);
    for (const path of ['/api/customers', `/api/streams/customer:${customerId}/events`, '/api/review-queue'])
      expect((await call('GET', path)).status, path).toBe(200);
    await expect
      .poll(async () => (await call('GET', `${base}/documents`)).body.items[0]?.state, { timeout: 30_000 })
      .toBe('ready');
    seen = seen.filter((line) => line.includes(' 5'));
  }

  it('are given, mistyped, changed, searched for and used as a code', liveThrough, 60_000);

  const expectNone = (where: string, text: string) => {
    for (const canary of Object.values(CANARIES)) expect(text.includes(canary), where).toBe(false);
  };

  it('are in no answer, masked or not found', () => {
    expect(seen).toEqual([]);
    expect(said).toContain(NAME);
    expectNone('answers', said);
  });

  it('are told to whoever asks for them alone, which is on record', async () => {
    for (const [field, value] of Object.entries(CANARIES)) {
      const response = await fetch(`${server.origin}/api/customers/${customerId}/reveal`, {
        method: 'POST',
        headers: { cookie: server.cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ field }),
      });
      expect(await response.json()).toEqual({ value });
    }
    const [looks] = await sql`select count(*)::int as many from audit_log where action = 'customer.revealed'`;
    expect(looks?.many).toBe(2);
  });

  it('are in no table but the one that holds them: not in events, the audit log or kept answers', async () => {
    const tables =
      await sql`select table_name as name from information_schema.tables where table_schema = 'public'`;
    const names = tables.map(({ name }) => name as string).filter((name) => !STORED_IN.includes(name));
    expect(names).toEqual(expect.arrayContaining(['stream_event', 'audit_log', 'idempotency_keys']));
    for (const name of names) {
      const rows = await sql`select t::text as row from ${sql(name)} t`;
      expectNone(name, rows.map(({ row }) => row).join('\n'));
    }
    const [log] =
      await sql`select count(*)::int as many from stream_event where stream = ${`customer:${customerId}`}`;
    expect(log?.many).toBeGreaterThan(5);
  });

  it('are in nothing that Redis was ever told to keep', () => {
    const folder = join(product.dataDir, 'redis');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const kept = files
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
      .join('\n');
    expect(kept).toContain('document.make-preview');
    expectNone('Redis', kept);
  });

  it('are not in the logs, nor are names, however much is logged', () => {
    const logged = readFileSync(join(product.dataDir, 'processes.log'), 'utf8');
    expect(logged).toContain('"route":"/api/customers/:id"');
    expect(logged).not.toContain(NAME);
    expectNone('logs', logged);
  });
});
