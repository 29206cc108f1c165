import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { CreatedLinkAnswer, UploadLink } from '@qijian/domain/contract/api/links.ts';
import postgres from 'postgres';
import { samplePdf } from '../fixtures/sample-files.ts';
import { Desk, pdfFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { type Product, startProduct } from '../support/product.ts';

/** A product of its own, because one of these stories needs its database. */
let product: Product;
let staff: Desk;
let customerId: string;

test.beforeAll(async ({ browser }) => {
  product = await startProduct({ env: { PORTAL_CONTACT: '前台 010-12345678' } });
  staff = await Desk.open(browser, 'staff1', { baseURL: product.address });
  const { id } = await staff.create({ name: '失效', phone: '13900000021', product: 'credit' });
  customerId = id;
});
test.afterAll(async () => {
  await staff?.close();
  await product?.remove();
});

async function invite(): Promise<CreatedLinkAnswer & { url: string }> {
  const made = await staff.context.request.post(`/api/customers/${customerId}/links`, { data: {} });
  expect(made.status()).toBe(201);
  return (await made.json()) as CreatedLinkAnswer & { url: string };
}
async function linkOf(id: string): Promise<UploadLink | undefined> {
  const answer = await staff.context.request.get(`/api/customers/${customerId}/links`);
  return ((await answer.json()) as { items: UploadLink[] }).items.find((link) => link.id === id);
}
/** Ends a link's life now, as time would. */
async function runOut(id: string): Promise<void> {
  const { port, password } = JSON.parse(readFileSync(join(product.dataDir, 'postgres.json'), 'utf8'));
  const sql = postgres({ host: '127.0.0.1', port, password, username: 'qijian', database: 'qijian' });
  await sql`update upload_links set expires_at = now() - interval '1 second' where id = ${id}`;
  await sql.end();
}
const contact = ({ page }: Phone) => page.getByRole('link', { name: '有问题请联系：前台 010-12345678' });
/** The page has come to this end, which names whom to call. */
async function ends(phone: Phone, words: string, options?: { timeout: number }): Promise<void> {
  await expect(phone.page.getByRole('heading', { level: 1, name: words })).toBeVisible(options);
  await expect(contact(phone)).toHaveAttribute('href', 'tel:01012345678');
}

test('a link that staff withdraw empties the open page at once and opens nothing any more', async ({
  browser,
}) => {
  const { id, url } = await invite();
  const phone = await Phone.open(browser, url);
  await phone.verify('0021');
  await expect(phone.row('身份证正面')).toBeVisible();
  expect((await staff.context.request.delete(`/api/links/${id}`)).ok()).toBe(true);
  await ends(phone, '这个链接已停用', { timeout: 5_000 });
  await expect(phone.row('身份证正面')).toHaveCount(0);
  await phone.page.goto('about:blank');
  await phone.page.goto(url);
  await ends(phone, '这个链接已停用');
  await phone.close();
});

test('every end names whom to call, also one that the server says nothing to', async ({ browser }) => {
  const { url } = await invite();
  const phone = await Phone.open(browser, url);
  await expect(contact(phone)).toBeVisible();
  await phone.verify('0021');
  await expect(phone.row('身份证正面')).toBeVisible();
  await expect(phone.page.getByRole('link', { name: '联系前台' })).toHaveAttribute('href', 'tel:01012345678');
  await phone.page.goto(`${product.address}/p/done`);
  await expect(contact(phone)).toBeVisible();
  await phone.page.goto(`${product.address}/p/none/at-all`);
  await ends(phone, '没有这一页');

  await phone.page.goto(`${product.address}/p`);
  await expect(phone.row('身份证正面')).toBeVisible();
  await phone.page.waitForLoadState('networkidle');
  await phone.context.setOffline(true);
  await phone.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await ends(phone, '这一页没有打开');

  // It opens by itself when the network is back.
  await phone.context.setOffline(false);
  await phone.page.getByRole('button', { name: '退出并清除' }).click();
  await phone.page.getByRole('dialog').getByRole('button', { name: '退出并清除' }).click();
  await ends(phone, '已退出，这台设备上的照片已清除');
  await phone.page.goto(`${product.address}/p#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`);
  await ends(phone, '这个链接打不开');
  await phone.close();
  const stranger = await Phone.open(browser, `${product.address}/p`);
  await ends(stranger, '请从收到的链接打开');
  await stranger.close();
});

test('a link that has run out says so, also to a phone that had already been let in', async ({ browser }) => {
  const { id, url } = await invite();
  const inside = await Phone.open(browser, url);
  await inside.verify('0021');
  await expect(inside.row('身份证正面')).toBeVisible();
  await runOut(id);
  const late = await Phone.open(browser, url);
  await ends(late, '这个链接已过期');
  await expect(late.page.getByRole('textbox')).toHaveCount(0);
  await inside.page.reload();
  await ends(inside, '这个链接已过期');
  await expect(inside.row('身份证正面')).toHaveCount(0);
  await inside.page.goto('about:blank');
  await inside.page.goto(url);
  await ends(inside, '这个链接已过期');
  expect((await linkOf(id))?.state).toBe('expired');
  await Promise.all([inside.close(), late.close()]);
});

test('what a preview bot does with the address is neither an opening nor a try', async ({ request }) => {
  const { id, url } = await invite();
  const before = await linkOf(id);
  const headers = { 'user-agent': 'facebookexternalhit/1.1' };
  for (let n = 0; n < 10; n += 1) {
    expect((await request.get(url, { headers })).status()).toBe(200);
    expect((await request.head(url, { headers })).status()).toBe(200);
  }
  expect(before).toMatchObject({ openedCount: 0, lastOpenedAt: null, triesLeft: 5 });
  expect(await linkOf(id)).toEqual(before);
});

test('two links in one browser: the page of the first adds nothing to the file of the second', async ({
  browser,
}) => {
  const mine = await invite();
  const other = await staff.create({ name: '别人', phone: '13900000099', product: 'credit' });
  const made = await staff.context.request.post(`/api/customers/${other.id}/links`, { data: {} });
  const phone = await Phone.open(browser, mine.url);
  await phone.verify('0021');
  await phone.open('银行流水');

  const second = await phone.newPage();
  await second.page.goto(((await made.json()) as CreatedLinkAnswer & { url: string }).url);
  await second.verify('0099');
  await expect(second.row('银行流水')).toBeVisible();
  const refused = phone.page.waitForResponse((answer) => answer.url().endsWith('/api/portal/uploads'));
  await phone.choose('选择文件', pdfFile('流水.pdf', samplePdf({ text: 'first' })));
  expect((await refused).status()).toBe(401);
  // The page becomes that of the link the browser is at now; the file waits for its own.
  await expect(phone.row('银行流水')).toContainText('还没上传');
  for (const id of [customerId, other.id]) {
    const { documents } = await staff.workspace(id);
    expect(documents.map(({ filename }) => filename)).not.toContain('流水.pdf');
  }

  await phone.page.goto('about:blank');
  await phone.page.goto(mine.url);
  await phone.verify('0021');
  await expect(phone.row('银行流水')).toContainText('已收到', { timeout: 20_000 });
  expect((await staff.workspace(other.id)).documents).toEqual([]);
  await phone.close();
});
