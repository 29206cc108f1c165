import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MARK } from '@qijian/core/files/file-storage.ts';
import { snapshot } from '@qijian/db/client.ts';
import { customers } from '@qijian/db/schema/customers.ts';
import { auditLog, outbox, streamEvents } from '@qijian/db/schema/events.ts';
import type { Document, UploadAnswer } from '@qijian/domain/contract/api/documents.ts';
import { customerStream } from '@qijian/domain/contract/live-events.ts';
import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { eq } from 'drizzle-orm';
import type { Static } from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { createTestApp, type Person, type TestApp } from '../../../testing/test-app.ts';

export type Answer<T> = { status: number; headers: Headers; body: T };
export type Uploaded = Static<typeof UploadAnswer>;
export type Part = readonly [
  name: string,
  value: string | { filename: string; content: Uint8Array<ArrayBuffer> },
];

/** A listening server with people and customers, and what a client of its document routes needs. */
export interface World {
  test: TestApp;
  origin: string;
  customer(by: Person, status?: CustomerState): Promise<string>;
  setStatus(customerId: string, status: CustomerState): Promise<void>;
  /** Posts a form with these parts in this order. */
  post(
    person: Person,
    customerId: string,
    parts: Part[],
    headers?: Record<string, string>,
  ): Promise<Answer<Uploaded & { type: string; errors?: { path: string }[] }>>;
  /** Uploads one file that must be accepted. */
  add(
    person: Person,
    customerId: string,
    filename: string,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<Document>;
  call(
    person: Person,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<Record<string, unknown>>>;
  events(customerId: string): Promise<string[]>;
  audit(customerId: string): Promise<{ action: string; actorName: string }[]>;
  /** Every file in the data folder. */
  files(): string[];
  /** Bytes of a file below the files folder; 0 when there is none. */
  size(path: string): number;
  close(): Promise<void>;
}

export async function openWorld(env: Record<string, string> = {}): Promise<World> {
  const test = await createTestApp(env);
  const { app } = test;
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  const answerOf = async <T>(response: Response): Promise<Answer<T>> => {
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text.startsWith('{') ? JSON.parse(text) : {}) as T,
    };
  };

  const world: World = {
    test,
    origin,
    async customer(by, status = 'pending') {
      const id = uuidv7();
      await app.db.insert(customers).values({
        id,
        name: '王小明',
        phone: '13800001234',
        searchTerms: [],
        status,
        completeness: { required: 5, satisfied: 0, percent: 0, items: [], missing: [] } as never,
        createdBy: by.id,
        ...(status === 'reviewing' ? { submittedAt: new Date() } : {}),
      });
      return id;
    },
    async setStatus(customerId, status) {
      await app.db
        .update(customers)
        .set({ status, submittedAt: new Date() })
        .where(eq(customers.id, customerId));
    },
    async post(person, customerId, parts, headers = {}) {
      const form = new FormData();
      for (const [name, value] of parts) {
        if (typeof value === 'string') form.append(name, value);
        else form.append(name, new Blob([value.content]), value.filename);
      }
      return answerOf(
        await fetch(`${origin}/api/customers/${customerId}/documents`, {
          method: 'POST',
          headers: { cookie: person.cookie, ...headers },
          body: form,
        }),
      );
    },
    async add(person, customerId, filename, content) {
      const answer = await world.post(person, customerId, [
        ['type', 'bank_statement'],
        ['file', { filename, content }],
      ]);
      const document = answer.body.documents?.[0];
      if (!document) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return document;
    },
    async call(person, method, path, body) {
      return answerOf(
        await fetch(`${origin}${path}`, {
          method,
          headers: { cookie: person.cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
          ...(body ? { body: JSON.stringify(body) } : {}),
        }),
      );
    },
    events: (customerId) =>
      snapshot(app.db, async (tx) => {
        const stream = customerStream(customerId);
        const numbered = await tx
          .select({ type: streamEvents.type })
          .from(streamEvents)
          .where(eq(streamEvents.stream, stream))
          .orderBy(streamEvents.seq);
        const waiting = await tx
          .select({ type: outbox.type })
          .from(outbox)
          .where(eq(outbox.stream, stream))
          .orderBy(outbox.id);
        return [...numbered, ...waiting].map((event) => event.type);
      }),
    audit: (customerId) =>
      app.db
        .select({ action: auditLog.action, actorName: auditLog.actorName })
        .from(auditLog)
        .where(eq(auditLog.customerId, customerId))
        .orderBy(auditLog.id),
    files: () =>
      readdirSync(join(test.config.DATA_DIR, 'files'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== MARK)
        .map((entry) => entry.name),
    size: (path) => statSync(join(test.config.DATA_DIR, 'files', path), { throwIfNoEntry: false })?.size ?? 0,
    close: () => test.close(),
  };
  return world;
}
