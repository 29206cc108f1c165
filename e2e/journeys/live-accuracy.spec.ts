import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { DoneTodayBody, QueueBody, QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, PIECES, type TestFile } from '../support/desk.ts';
import { type Product, startProduct } from '../support/product.ts';

/**
 * Three auditors watch the queue, what was decided today and one file, and staff watch that file too, while two hundred
 * random commands are given and connections go away; at the end each screen is what the database has. A run is
 * repeated with `SEED`.
 */
test.describe.configure({ mode: 'serial', timeout: 300_000 });

const COMMANDS = 200;
const CUSTOMERS = 8;
const AWAY_MS = 4_000;
const THIRD = { username: 'auditor3', displayName: '陆闻', role: 'auditor', password: 'auditor12345' };
const TYPES = ['id_card_front', 'id_card_back', 'income_proof', 'bank_statement', 'credit_report'];
/** Long enough for every row to be drawn. */
const VIEWPORT = { width: 1440, height: 2400 };
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000);

let product: Product;
let a: Desk;
let b: Desk;
let admin: Desk;
let staff: Desk;
let colleague: Desk;
let third: { context: BrowserContext; page: Page };
let typeNames: Map<string, string>;
const watched: string[] = [];
/** What pages could not do, as the browser tells it. */
const faults: string[] = [];
let state = seed;
/** Mulberry32. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const picture = (): TestFile =>
  jpegFile('随机.jpg', sampleJpeg({ width: 64, height: 40, comment: String(random()) }));

test.beforeAll(async ({ browser }) => {
  product = await startProduct({ env: { REVIEW_LEASE_SECONDS: '600' } });
  const options = { baseURL: product.address, reducedMotion: 'reduce', viewport: VIEWPORT } as const;
  [a, b, admin, staff, colleague] = await Promise.all([
    Desk.open(browser, 'auditor1', options),
    Desk.open(browser, 'auditor2', options),
    Desk.open(browser, 'admin', options),
    Desk.open(browser, 'staff1', options),
    Desk.open(browser, 'staff2', options),
  ]);
  const made = await admin.context.request.post('/api/users', { data: THIRD });
  expect(made.status()).toBe(201);
  const context = await browser.newContext(options);
  const { username, password } = THIRD;
  await context.request.post('/api/auth/login', { data: { username, password } });
  third = { context, page: await context.newPage() };

  const { items } = (await (await a.context.request.get('/api/review-queue')).json()) as QueueBody;
  watched.push(...items.slice(0, CUSTOMERS).map(({ customer }) => customer.id));
  typeNames = new Map((await staff.types()).map(({ code, name }) => [code, name.zh]));

  for (const page of [a, b, staff, third].map((who) => who.page))
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.stack ?? error.message}`));
  await a.go('/review');
  await b.go('/review?view=done');
  await staff.go(`/customers/${watched[0]}`);
  await third.page.goto(`/review/${watched[0]}?look=1`);
  await expect(third.page.getByRole('complementary', { name: '逐件审核' })).toBeVisible();
  await third.page.evaluate(() => Object.assign(window, { unreloaded: true }));
});
test.afterAll(async () => {
  await Promise.all([a, b, admin, staff, colleague].map((desk) => desk?.close()));
  await third?.context.close();
  await product?.remove();
});

/** One random command of somebody who might give it; what it was, and the status of the answer. */
async function command(): Promise<string> {
  const id = pick(watched);
  const { customer, documents } = await admin.workspace(id);
  const { version, claimedBy } = customer;
  const reviewing = customer.status === 'reviewing';
  const auditor = reviewing && random() < 0.75 ? pick([a, b, third]).context : null;
  const post = async (by: BrowserContext, path: string, data: unknown) =>
    (await by.request.post(`/api/${path}`, { data })).status();
  const done = (what: string, status: number) => `${what} ${status}`;
  if (auditor) {
    const document = pick(documents);
    const act = pick([
      'claim',
      'release',
      'takeover',
      'accept',
      'accept',
      'all',
      'reject',
      'undo',
      'decide',
      'comment',
    ]);
    if (act === 'claim' || act === 'release')
      return done(act, await post(auditor, `customers/${id}/${act}`, { version }));
    if (act === 'takeover') return done(act, await post(admin.context, `customers/${id}/claim/takeover`, {}));
    if (act === 'comment')
      return done(act, await post(auditor, `customers/${id}/comments`, { body: '看看' }));
    if (act === 'undo' && document)
      return done(
        act,
        await post(auditor, `documents/${document.id}/review/undo`, { version: document.version }),
      );
    if (act === 'decide') {
      const decision = documents.every(({ verdict }) => verdict === 'accepted')
        ? 'approve'
        : pick(['return', 'reject', 'return']);
      const by = claimedBy ? [a, b].find(({ name }) => name === claimedBy.displayName) : undefined;
      return done(
        decision,
        await post(by?.context ?? auditor, `customers/${id}/decision`, { version, decision, reason: '随机' }),
      );
    }
    if (act === 'all') {
      let status = 0;
      for (const one of documents.filter(({ verdict }) => verdict !== 'accepted'))
        status = await post(auditor, `documents/${one.id}/review`, {
          version: one.version,
          verdict: 'accepted',
        });
      return done(act, status);
    }
    if (!document) return done('nothing', 0);
    return done(
      act,
      await post(auditor, `documents/${document.id}/review`, {
        version: document.version,
        ...(act === 'reject' ? { verdict: 'rejected', reasonCode: 'blurred' } : { verdict: 'accepted' }),
      }),
    );
  }
  const by = pick([staff, colleague]).context;
  if (customer.status === 'approved' || customer.status === 'rejected')
    return done('reopen', await post(admin.context, `customers/${id}/reopen`, { version, reason: '随机' }));
  if (customer.status === 'complete' && random() < 0.8)
    return done('submit', await post(by, `customers/${id}/submit`, { version }));
  if (reviewing && random() < 0.2)
    return done('withdraw', await post(by, `customers/${id}/withdraw`, { version }));
  if (random() < 0.35) {
    const data = {
      version,
      ...pick([{ note: `备注${random()}` }, { branch: pick(['示例一部', '示例九部']) }]),
    };
    return done('edit', (await by.request.patch(`/api/customers/${id}`, { data })).status());
  }
  const own = documents.filter(({ uploadedBy }) => uploadedBy.name === pick([staff, colleague]).name);
  if (own.length > 0 && random() < 0.2)
    return done('delete', (await by.request.delete(`/api/documents/${pick(own).id}`)).status());
  const wanted = customer.missing.length > 0 ? customer.missing : TYPES;
  const uploaded = await by.request.post(`/api/customers/${id}/documents`, {
    multipart: { type: pick(wanted), file: picture() },
  });
  return done('upload', uploaded.status());
}

test('two hundred random commands are taken or refused by the rules, and none is a fault', async () => {
  console.log(`seed ${seed}`);
  const counts = new Map<string, number>();
  const gone: Promise<void>[] = [];
  for (let n = 0; n < COMMANDS; n += 1) {
    if (n === 50) gone.push(away(a.context));
    if (n === 100) gone.push(away(b.context));
    if (n === 150) gone.push(away(third.context));
    const what = await command();
    expect(Number(what.split(' ')[1]), what).toBeLessThan(500);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  await Promise.all(gone);
  const taken = [...counts].filter(([what]) => / 2\d\d$/.test(what));
  console.log(Object.fromEntries([...counts].sort()));
  expect(taken.reduce((sum, [, many]) => sum + many, 0)).toBeGreaterThan(COMMANDS / 3);
});

async function away(context: BrowserContext): Promise<void> {
  await context.setOffline(true);
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  await context.setOffline(false);
}

const piecesOf = ({ pieces, completeness }: QueueRowBody['customer']) =>
  `必需资料 ${completeness.satisfied}/${pieces.length}：${pieces.map((piece) => `${typeNames.get(piece.type)}${PIECES[piece.state]}`).join('、')}`;

test('no page met an error', () => {
  expect(faults).toEqual([]);
});

test('the queue is what the database has, row by row and in its order', async () => {
  const expected = async () => {
    const answer = await a.context.request.get('/api/review-queue?pageSize=100');
    return ((await answer.json()) as QueueBody).items.map((row) => [
      row.customer.name,
      row.customer.number,
      piecesOf(row.customer),
      row.resubmitted ? `第 ${row.submissions} 次 · 补件 ${row.supplements}` : `第 ${row.submissions} 次提交`,
      `${row.submittedBy?.displayName} 提交`,
      row.claim
        ? `${row.claim.by.displayName === a.name ? '你' : row.claim.by.displayName} 审到第 ${row.claim.progress.judged} / ${row.claim.progress.total} 件`
        : '领取',
    ]);
  };
  const shown = () =>
    a.page.locator('tr[data-customer]').evaluateAll((rows) =>
      rows.map((row) => {
        const text = (selector: string) =>
          (row.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim();
        const claim = row.querySelector('.claim b')
          ? `${text('.claim b')} ${text('.claim small')}`
          : text('.claim button').replace(/ C$/, '');
        return [
          text('td:nth-child(2) a'),
          text('td:nth-child(2) .l2'),
          row.querySelector('.pieces')?.getAttribute('aria-label') ?? '',
          text('td:nth-child(5) .l1'),
          text('td:nth-child(5) .l2'),
          claim,
        ];
      }),
    );
  await a.page.mouse.move(5, 5);
  // What would stand between the rows has gathered above them; the rest is as it should be already.
  const gathered = a.page.getByRole('button', { name: /份新提交/ });
  await expect(async () => {
    const [rows, all] = [await shown(), await expected()];
    const names = rows.map(([name]) => name);
    expect(rows).toEqual(all.filter(([name]) => names.includes(name)));
    const waiting = (await gathered.isVisible()) ? Number.parseInt(await gathered.innerText(), 10) : 0;
    expect(waiting).toBe(all.length - rows.length);
  }).toPass({ timeout: 20_000 });
  if (await gathered.isVisible()) await gathered.click();
  await expect(async () => expect(await shown()).toEqual(await expected())).toPass({ timeout: 20_000 });
  expect(await a.isUnreloaded()).toBe(true);
});

test('what was decided today is what the database has', async () => {
  const words = { approved: '已通过', rejected: '已拒绝', returned: '已退回补件' };
  const expected = async () => {
    const answer = await b.context.request.get('/api/review-queue/done-today?pageSize=50');
    return ((await answer.json()) as DoneTodayBody).items.map(({ customer, decision, decidedBy }) => [
      customer.name,
      words[decision],
      decidedBy.displayName === b.name ? '你' : decidedBy.displayName,
    ]);
  };
  const shown = () =>
    b.page
      .getByRole('main')
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [2, 4, 5].map((column) =>
            (
              row.querySelector(`td:nth-child(${column}) a, td:nth-child(${column}):not(:has(a))`)
                ?.textContent ?? ''
            ).trim(),
          ),
        ),
      );
  await expect(async () => expect(await shown()).toEqual(await expected())).toPass({ timeout: 20_000 });
  expect(await b.isUnreloaded()).toBe(true);
});

test('the open file is what the database has, at the desk and with staff', async () => {
  const id = watched[0] as string;
  const { page } = third;
  await bringToReview(id);
  await expect(async () => {
    const { customer, documents, completeness } = await admin.workspace(id);
    const review = customer.review;
    expect(review).not.toBeNull();
    const judged = documents.filter(
      ({ verdict, reviewedAt }) =>
        !(verdict === 'rejected' && reviewedAt && review && reviewedAt < review.submittedAt),
    );
    // What goes back: where something newer has come since, that is judged in its place.
    const returned = completeness.items.filter(({ state }) => state === 'returned').map(({ type }) => type);
    const many = (verdict: string) =>
      String(
        judged.filter(
          (one) => one.verdict === verdict && (verdict !== 'rejected' || returned.includes(one.type)),
        ).length,
      );
    const stats = page.locator('.dstat');
    await expect(stats).toHaveText(
      [`通过 ${many('accepted')}`, `退回 ${many('rejected')}`, `未审 ${many('pending')}`],
      { timeout: 1_000 },
    );
    const required = completeness.items.filter((item) => item.required);
    // At the desk what is accepted counts.
    const pieces = required.map((item) => `${typeNames.get(item.type)}${PIECES[item.state]}`).join('、');
    await expect(
      page.getByRole('img', {
        name: `必需资料 ${required.filter((item) => item.state === 'accepted').length}/${required.length}：${pieces}`,
        exact: true,
      }),
    ).toBeVisible({ timeout: 1_000 });
    await expect(page.getByText(`第 ${review?.submissions} 次提交`)).toBeVisible({ timeout: 1_000 });
    const holder = customer.claimedBy?.displayName;
    if (holder) {
      const words = holder === THIRD.displayName ? '你在审核' : holder;
      await expect(page.locator('.desk').getByText(words).first()).toBeVisible({ timeout: 1_000 });
    }
  }).toPass({ timeout: 20_000 });
  expect(await page.evaluate(() => 'unreloaded' in window)).toBe(true);
  await staff.showsTheDatabase(id);
  expect(await staff.isUnreloaded()).toBe(true);
});

/** Wherever the random commands left the file: it is handed to the auditors once more, as people would. */
async function bringToReview(id: string): Promise<void> {
  await expect(async () => {
    const { customer } = await staff.workspace(id);
    const data = { version: customer.version };
    if (customer.status === 'approved' || customer.status === 'rejected')
      await admin.context.request.post(`/api/customers/${id}/reopen`, { data: { ...data, reason: '再看' } });
    else if (customer.status === 'complete')
      await staff.context.request.post(`/api/customers/${id}/submit`, { data });
    else if (customer.status === 'pending')
      for (const type of customer.missing) await staff.uploadTo(id, type, picture());
    expect(customer.status).toBe('reviewing');
  }).toPass({ timeout: 60_000 });
}
