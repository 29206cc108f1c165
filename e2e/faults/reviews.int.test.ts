import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePdf } from '../fixtures/sample-files.ts';
import { type Installation, openInstallation, type Server } from '../support/installation.ts';

const REQUIRED = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];

/** Two server processes share one database, as an installation with more than one machine does. */
describe('auditors at two server processes', () => {
  let product: Installation;
  let sql: postgres.Sql;
  let servers: [Server, Server];
  /** The cookies of ten auditors. */
  let auditors: string[];

  beforeAll(async () => {
    product = await openInstallation();
    sql = postgres(product.databaseUrl, { max: 1 });
    product.openWorker();
    servers = [await product.openServer(), await product.openServer()];
    auditors = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (servers[n % 2] as Server).addPerson(`auditor-${n}`, 'auditor')),
    );
  }, 120_000);
  afterAll(async () => {
    await sql?.end();
    await product?.close();
  }, 60_000);

  const [first, second] = [() => servers[0], () => servers[1]];

  /** The nth request of many: by turns to the two processes, by another auditor each. */
  async function send(n: number, path: string, body: object) {
    const { origin } = n % 2 ? second() : first();
    const response = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: auditors[(n >> 1) % auditors.length] as string },
      body: JSON.stringify(body),
    });
    return { n, status: response.status, body: await response.json() };
  }
  const times = <T>(many: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: many }, (_, n) => work(n)));
  const workspaceOf = (id: string): Promise<Workspace> => first().get(`/api/customers/${id}/workspace`);

  /** A complete file that is with the auditors. */
  async function submitted(name: string): Promise<Customer> {
    const { id } = await first().createCustomer(name, '13900000011');
    for (const type of REQUIRED) {
      const file = samplePdf({ pages: 1, text: `${id} ${type}` });
      expect((await first().upload(id, type, `${type}.pdf`, file)).status).toBe(201);
    }
    const isReady = async () => {
      const { customer, documents } = await workspaceOf(id);
      return customer.status === 'complete' && documents.every(({ state }) => state === 'ready');
    };
    await expect.poll(isReady, { timeout: 60_000, interval: 250 }).toBe(true);
    const response = await fetch(`${first().origin}/api/customers/${id}/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: first().cookie },
      body: '{}',
    });
    expect(response.status).toBe(200);
    return (await workspaceOf(id)).customer;
  }
  async function accepted(id: string): Promise<Customer> {
    for (const { id: document, version } of (await workspaceOf(id)).documents) {
      const { status } = await send(0, `/api/documents/${document}/review`, { version, verdict: 'accepted' });
      expect(status).toBe(200);
    }
    return (await workspaceOf(id)).customer;
  }
  async function eventsOf(id: string, types: RegExp): Promise<LiveEvent[]> {
    const { events } = await second().get(`/api/streams/customer:${id}/events?limit=500`);
    return (events as LiveEvent[]).filter(({ type }) => types.test(type));
  }
  async function auditOf(id: string, actions: string[]): Promise<number> {
    const [row] = await sql<[{ many: number }]>`
      select count(*)::int as many from audit_log where customer_id = ${id} and action in ${sql(actions)}`;
    return row.many;
  }

  it('of two hundred decisions at one moment one counts, with one event and one audit row', async () => {
    const { id } = await submitted('同时决定');
    const { version } = await accepted(id);
    const decisions = [
      { decision: 'approve' },
      { decision: 'reject', reason: '信息不一致' },
      { decision: 'return', reason: '补件', requestedTypes: ['property_proof'] },
    ];
    const answers = await times(200, (n) =>
      send(n, `/api/customers/${id}/decision`, { version, ...decisions[n % 3] }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(199);
    for (const { body, status } of answers) if (status === 409) expect(body.type).toBe('version-conflict');
    const decided = /^customer\.(approved|rejected|returned)$/;
    await expect.poll(() => eventsOf(id, decided)).toHaveLength(1);
    expect(await auditOf(id, ['customer.approved', 'customer.rejected', 'customer.returned'])).toBe(1);
    const won = answers.find(({ status }) => status === 200)?.body as Customer;
    expect((await workspaceOf(id)).customer.status).toBe(won.status);
  }, 120_000);

  it('of fifty claims at one moment one wins, and both processes name the same auditor', async () => {
    const { id } = await submitted('同时领取');
    const answers = await times(50, (n) => send(n, `/api/customers/${id}/claim`, {}));
    // Whoever has it may say so again.
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeGreaterThan(0);
    expect(won.length + answers.filter(({ status }) => status === 409).length).toBe(50);
    for (const server of servers) {
      const { claimedBy } = await server.get(`/api/customers/${id}`);
      for (const { body } of won) expect(body.claimedBy).toEqual(claimedBy);
    }
    await expect.poll(() => eventsOf(id, /^customer\.claimed$/)).toHaveLength(1);
    expect(await auditOf(id, ['customer.claimed'])).toBe(1);
  }, 120_000);
});
