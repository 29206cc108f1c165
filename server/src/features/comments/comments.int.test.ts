import { insertDocument } from '@qijian/db/queries/documents.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import { comments } from '@qijian/db/schema/comments.ts';
import { users } from '@qijian/db/schema/users.ts';
import type { Comment, CommentListBody } from '@qijian/domain/contract/api/comments.ts';
import type { NotificationListBody } from '@qijian/domain/contract/api/notifications.ts';
import {
  customerStream,
  type LiveEvent,
  portalStream,
  userStream,
} from '@qijian/domain/contract/live-events.ts';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Person, type TestApp } from '../../testing/test-app.ts';
import { addCustomer, openPhone } from '../portal/testing/phones.ts';

let world: TestApp;
let staff: Person;
let auditor: Person;
let admin: Person;
let customerId: string;
beforeAll(async () => {
  world = await createTestApp({ LINK_MAX_REQUESTS_PER_MINUTE: '10000' });
  staff = await world.loginAs('staff', '林晓');
  auditor = await world.loginAs('auditor', '沈知远');
  admin = await world.loginAs('admin', '周管理');
  customerId = (await addCustomer(staff)).id;
});
afterAll(() => world.close());

const post = (person: Person, body: object, id = customerId) =>
  person.inject({ method: 'POST', url: `/api/customers/${id}/comments`, payload: body });
async function add(person: Person, body: object, id = customerId): Promise<Comment> {
  const answer = await post(person, body, id);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const edit = (person: Person, id: string, body: object) =>
  person.inject({ method: 'PATCH', url: `/api/comments/${id}`, payload: body });
const remove = (person: Person, id: string) =>
  person.inject({ method: 'DELETE', url: `/api/comments/${id}` });
const list = async (person: Person, query = '', id = customerId): Promise<CommentListBody> =>
  (await person.inject({ url: `/api/customers/${id}/comments${query}` })).json();
const bell = async (person: Person, query = ''): Promise<NotificationListBody> =>
  (await person.inject({ url: `/api/notifications${query}` })).json();
const read = (person: Person, payload: object) =>
  person.inject({ method: 'POST', url: '/api/notifications/read', payload });

/** All events of a stream, numbered now. */
async function logOf(person: Person, stream: string): Promise<LiveEvent[]> {
  while ((await sequenceBatch(world.app.db)).length > 0);
  const answer = await person.inject({ url: `/api/streams/${stream}/events?limit=500` });
  return answer.json().events;
}
async function addDocument(to: string): Promise<string> {
  const id = uuidv7();
  await world.app.db.transaction((tx) =>
    insertDocument(tx, {
      id,
      customerId: to,
      type: 'bank_statement',
      filename: 'a.jpg',
      mime: 'image/jpeg',
      size: 1,
      sha256: id,
      storageKey: id,
      uploadedBy: staff.id,
      uploaderName: staff.name,
      source: 'desk',
    }),
  );
  return id;
}

describe('comments', () => {
  test.each(['admin', 'staff', 'auditor'] as const)(
    '%s writes one, and everybody on staff side reads it',
    async (role) => {
      const author = { admin, staff, auditor }[role];
      const comment = await add(author, { body: '  下午三点后方便接电话\n' });
      expect(comment).toMatchObject({
        customerId,
        documentId: null,
        author: { id: author.id, displayName: author.name },
        body: '下午三点后方便接电话',
        mentions: [],
        editedAt: null,
        deletedAt: null,
      });
      for (const reader of [admin, staff, auditor]) {
        expect((await list(reader)).items[0]).toEqual(comment);
      }
    },
  );

  test('a comment is one event on its customer’s stream and one audit row without its words', async () => {
    const { id } = await addCustomer(staff);
    const comment = await add(staff, { body: '卡纳里' }, id);
    const events = (await logOf(admin, customerStream(id))).filter(({ type }) => type.startsWith('comment.'));
    expect(events).toMatchObject([
      {
        type: 'comment.added',
        entity: { type: 'comment', id: comment.id },
        version: 1,
        actor: { kind: 'user', id: staff.id, name: staff.name },
        data: { comment },
      },
    ]);
    const audit = await world.app.db.execute<{ action: string; detail: unknown }>(
      sql`select action, detail from audit_log where entity_id = ${comment.id}`,
    );
    expect(audit).toMatchObject([{ action: 'comment.added' }]);
    expect(JSON.stringify(audit)).not.toContain('卡纳里');
  });

  test('only its author changes and deletes it', async () => {
    const { id } = await add(staff, { body: '一' });
    for (const other of [admin, auditor]) {
      for (const answer of [await edit(other, id, { body: '二' }), await remove(other, id)]) {
        expect(answer.statusCode).toBe(403);
        expect(answer.json().type).toBe('not-allowed');
      }
    }
    expect((await list(staff)).items[0]?.body).toBe('一');
    const edited = await edit(staff, id, { body: '二' });
    expect(edited.json()).toMatchObject({ body: '二', editedAt: expect.any(String) });
    expect((await remove(staff, id)).statusCode).toBe(204);
    expect((await list(staff)).items.map((item) => item.id)).not.toContain(id);
    expect((await edit(staff, id, { body: '三' })).statusCode).toBe(404);
    expect((await remove(staff, id)).statusCode).toBe(404);
  });

  test('the words of a deleted comment are nowhere any more: not in the table, not in the log', async () => {
    const { id: customer } = await addCustomer(staff);
    const first = await add(staff, { body: '卡纳里一' }, customer);
    await logOf(admin, customerStream(customer));
    await edit(staff, first.id, { body: '卡纳里二' });
    const kept = await add(staff, { body: '留下' }, customer);
    expect((await remove(staff, first.id)).statusCode).toBe(204);
    const events = await logOf(admin, customerStream(customer));
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('comment.'))).toEqual([
      'comment.added',
      'comment.edited',
      'comment.added',
      'comment.deleted',
    ]);
    const rows = await world.app.db.select().from(comments).where(eq(comments.id, first.id));
    expect(JSON.stringify([events, rows])).not.toContain('卡纳里');
    expect(JSON.stringify(events)).toContain(kept.body);
  });

  test('pages hold each comment once, newest first, whatever is added in between', async () => {
    const { id } = await addCustomer(staff);
    for (let n = 1; n <= 7; n += 1) await add(n % 2 ? staff : auditor, { body: String(n) }, id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: CommentListBody = await list(admin, `?limit=3${cursor ? `&cursor=${cursor}` : ''}`, id);
      seen.push(...page.items.map(({ body }) => body));
      cursor = page.nextCursor;
      await add(staff, { body: 'neu' }, id);
    } while (cursor);
    expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  });

  test('the list stands at the head of its stream: what follows is not in it and what is in it does not follow', async () => {
    const { id } = await addCustomer(staff);
    const first = await add(staff, { body: '一' }, id);
    await logOf(admin, customerStream(id));
    const { head, items } = await list(auditor, '', id);
    expect(items.map((item) => item.id)).toEqual([first.id]);
    const second = await add(staff, { body: '二' }, id);
    const later = (await logOf(admin, customerStream(id))).filter(({ seq }) => seq > head.seq);
    expect(later.map(({ entity }) => entity.id)).toEqual([second.id]);
  });

  test('a comment on a document is found by it; a document of another customer is refused', async () => {
    const documentId = await addDocument(customerId);
    const other = await addDocument((await addCustomer(staff)).id);
    const comment = await add(auditor, { body: '缺第 3 页', documentId });
    await add(auditor, { body: '别的' });
    expect((await list(staff, `?documentId=${documentId}`)).items).toEqual([comment]);
    for (const wrong of [other, uuidv7()]) {
      const answer = await post(staff, { body: '一', documentId: wrong });
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors).toMatchObject([{ path: 'documentId' }]);
    }
  });

  test('of deletions and edits at one moment one deletes, and nothing is written into what is gone', async () => {
    const { id } = await add(staff, { body: '一' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? remove(staff, id) : edit(staff, id, { body: `卡纳里${n}` }),
      ),
    );
    const codes = answers.map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 204)).toHaveLength(1);
    expect(codes.every((code) => [200, 204, 404].includes(code))).toBe(true);
    const rows = await world.app.db.select().from(comments).where(eq(comments.id, id));
    expect(rows).toMatchObject([{ body: '', deletedAt: expect.any(Date) }]);
    expect(JSON.stringify(await logOf(admin, customerStream(customerId)))).not.toContain('卡纳里');
  });

  test('nothing but spaces, and more than 2000 characters, is refused', async () => {
    for (const body of ['', ' \n ', '\u0000', '字'.repeat(2001)]) {
      const answer = await post(staff, { body });
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0]).toMatchObject({ path: 'body' });
    }
  });

  test('the same request under one key adds one comment and one notification', async () => {
    const request = {
      method: 'POST' as const,
      url: `/api/customers/${customerId}/comments`,
      headers: { 'idempotency-key': uuidv7() },
      payload: { body: '一次', mentions: [auditor.id] },
    };
    const before = (await bell(auditor)).unread;
    const answers = await Promise.all([staff.inject(request), staff.inject(request)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
    expect(answers[0]?.json()).toEqual(answers[1]?.json());
    expect((await bell(auditor)).unread).toBe(before + 1);
  });

  test('the comments of a deleted customer are nobody’s', async () => {
    const { id } = await addCustomer(staff);
    const comment = await add(staff, { body: '一' }, id);
    await world.app.db.execute(sql`update customers set deleted_at = now() where id = ${id}`);
    expect((await staff.inject({ url: `/api/customers/${id}/comments` })).statusCode).toBe(404);
    expect((await post(staff, { body: '二' }, id)).statusCode).toBe(404);
    expect((await edit(staff, comment.id, { body: '二' })).statusCode).toBe(404);
    expect((await remove(staff, comment.id)).statusCode).toBe(404);
  });
});

describe('what the customer hears of comments', () => {
  test('is nothing: not on the page, not on its stream, and no route answers', async () => {
    const { id } = await addCustomer(staff);
    const phone = await openPhone(world, staff, id);
    const before = (await phone.checklist()) as unknown;
    const documentId = await addDocument(id);
    const comment = await add(auditor, { body: '卡纳里', documentId, mentions: [staff.id] }, id);
    await edit(auditor, comment.id, { body: '卡纳里二' });
    await add(staff, { body: '卡纳里三' }, id);
    await remove(auditor, comment.id);
    while ((await sequenceBatch(world.app.db)).length > 0);
    const heard = await world.app.db.execute<{ type: string }>(
      sql`select type, data from stream_event where stream = ${portalStream(id)} and
          (type like 'comment.%' or data::text like '%卡纳里%' or entity_type = 'comment')`,
    );
    expect([...heard]).toEqual([]);
    expect(JSON.stringify([before, await phone.checklist()])).not.toContain('卡纳里');
    for (const request of [
      { url: `/api/customers/${id}/comments` },
      { url: '/api/notifications' },
      { method: 'POST' as const, url: `/api/customers/${id}/comments`, payload: { body: '我' } },
    ]) {
      expect((await phone.inject(request)).statusCode).toBe(401);
    }
  });
});

describe('mentions', () => {
  test('who is mentioned is told once, on their own stream; the author and others are not', async () => {
    const colleague = await world.loginAs('staff');
    const comment = await add(staff, {
      body: '@沈知远 @林晓 看一下',
      mentions: [auditor.id, staff.id],
    });
    expect(comment.mentions.map(({ id }) => id)).toEqual([auditor.id, staff.id]);
    const [newest] = (await bell(auditor)).items;
    expect(newest).toMatchObject({
      kind: 'mention',
      customer: { id: customerId, name: '王小明' },
      commentId: comment.id,
      actor: { kind: 'user', id: staff.id, name: staff.name },
      readAt: null,
    });
    const told = (await logOf(auditor, userStream(auditor.id))).filter(
      ({ entity }) => entity.id === newest?.id,
    );
    expect(told).toMatchObject([{ type: 'notification.added', data: { notification: newest } }]);
    for (const other of [staff, colleague]) {
      expect((await bell(other)).items.map(({ commentId }) => commentId)).not.toContain(comment.id);
    }
  });

  test('an edit tells who is newly mentioned, and nobody twice', async () => {
    const comment = await add(staff, { body: '@沈知远', mentions: [auditor.id] });
    await edit(staff, comment.id, { body: '@沈知远 @周管理', mentions: [auditor.id, admin.id] });
    for (const person of [auditor, admin]) {
      const of = (await bell(person)).items.filter(({ commentId }) => commentId === comment.id);
      expect(of).toHaveLength(1);
    }
  });

  test('somebody unknown or without an active account cannot be mentioned, but stays mentioned', async () => {
    const leaver = await world.loginAs('auditor');
    const comment = await add(staff, { body: '@他', mentions: [leaver.id] });
    await world.app.db.update(users).set({ active: false }).where(eq(users.id, leaver.id));
    expect((await edit(staff, comment.id, { body: '@他？', mentions: [leaver.id] })).statusCode).toBe(200);
    for (const id of [leaver.id, uuidv7()]) {
      const answer = await post(staff, { body: '@谁', mentions: [id] });
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors).toMatchObject([{ path: 'mentions' }]);
    }
  });
});

describe('notifications', () => {
  test('are counted, paged newest first, and marked as read for one person alone', async () => {
    const [reader, other] = [await world.loginAs('auditor'), await world.loginAs('auditor')];
    for (let n = 0; n < 5; n += 1) {
      await add(staff, { body: '看', mentions: [reader.id, other.id] });
    }
    const first = await bell(reader, '?limit=3');
    expect(first).toMatchObject({ unread: 5, head: { stream: userStream(reader.id) } });
    const second = await bell(reader, `?limit=3&cursor=${first.nextCursor}`);
    expect(second.nextCursor).toBeNull();
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    expect(ids).toHaveLength(5);

    const foreign = (await bell(other)).items[0]?.id as string;
    const answer = await read(reader, { ids: [ids[0], foreign, uuidv7()] });
    expect(answer.json()).toEqual({ ids: [ids[0]] });
    expect((await read(reader, { ids: [ids[0]] })).json()).toEqual({ ids: [] });
    expect(await bell(reader)).toMatchObject({ unread: 4 });
    expect(await bell(other)).toMatchObject({ unread: 5 });
    expect((await bell(reader, '?unread=true')).items.map(({ id }) => id)).toEqual(ids.slice(1));

    expect((await read(reader, { all: true })).json().ids.sort()).toEqual(ids.slice(1).sort());
    expect((await bell(reader)).unread).toBe(0);
    const told = (await logOf(reader, userStream(reader.id))).filter(
      ({ type }) => type === 'notification.read',
    );
    expect(told.map(({ data }) => (data as { ids: string[] }).ids.length)).toEqual([1, 4]);
  });

  test('either some or all are marked as read', async () => {
    for (const body of [{}, { all: true, ids: [uuidv7()] }]) {
      expect((await read(staff, body)).statusCode).toBe(422);
    }
  });

  test('those about deleted customers are neither listed nor counted', async () => {
    const reader = await world.loginAs('auditor');
    const { id } = await addCustomer(staff);
    await add(staff, { body: '看', mentions: [reader.id] }, id);
    expect((await bell(reader)).unread).toBe(1);
    await world.app.db.execute(sql`update customers set deleted_at = now() where id = ${id}`);
    expect(await bell(reader)).toMatchObject({ unread: 0, items: [] });
  });

  test('a refused comment tells nobody', async () => {
    const before = (await bell(auditor)).unread;
    await post(staff, { body: '看', mentions: [auditor.id, uuidv7()] });
    await post(staff, { body: '看', mentions: [auditor.id], documentId: uuidv7() });
    expect((await bell(auditor)).unread).toBe(before);
  });
});

describe('on a large installation', () => {
  const planOf = async (query: ReturnType<typeof sql>) =>
    (await world.app.db.execute<{ 'QUERY PLAN': string }>(sql`explain ${query}`))
      .map((row) => row['QUERY PLAN'])
      .join('\n');

  test('pages of comments and notifications, and the count, are read from indexes', async () => {
    const { id } = await addCustomer(staff);
    const documentId = await addDocument(id);
    const { db } = world.app;
    await db.execute(sql`
      insert into comments (id, customer_id, document_id, author_id, body)
      select gen_random_uuid(), case when n % 100 = 0 then ${id}::uuid else ${customerId}::uuid end,
        case when n % 1000 = 0 then ${documentId}::uuid end, ${staff.id}, '一' from generate_series(1, 50000) n`);
    await db.execute(sql`
      insert into notifications (id, user_id, kind, customer_id, actor, read_at)
      select gen_random_uuid(), case when n % 50 = 0 then ${admin.id}::uuid else ${staff.id}::uuid end, 'mention', ${id},
        '{}', case when n % 1000 = 0 then null else now() end from generate_series(1, 50000) n`);
    await db.execute(sql`analyze comments, notifications, customers`);
    const ofCustomer = await planOf(sql`select * from comments where customer_id = ${id}
      and deleted_at is null order by id desc limit 51`);
    expect(ofCustomer).toContain('comments_customer');
    expect(ofCustomer).not.toContain('Sort');
    const ofDocument = await planOf(sql`select * from comments where customer_id = ${id}
      and document_id = ${documentId} and deleted_at is null order by id desc limit 51`);
    expect(ofDocument).toMatch(/comments_document|comments_customer/);
    expect(ofDocument).not.toContain('Seq Scan');
    const page = await planOf(sql`select * from notifications n
      join customers c on c.id = n.customer_id and c.deleted_at is null
      where n.user_id = ${admin.id} order by n.id desc limit 31`);
    expect(page).toContain('notifications_user');
    expect(page).not.toContain('Seq Scan on notifications');
    const unread = await planOf(sql`select count(*) from notifications n
      join customers c on c.id = n.customer_id and c.deleted_at is null
      where n.user_id = ${staff.id} and n.read_at is null`);
    expect(unread).toContain('notifications_unread');
  });
});
