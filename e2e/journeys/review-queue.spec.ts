import { type Browser, expect, type Locator, test } from '@playwright/test';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { findings, LOOKS } from '../support/accessibility.ts';
import { Desk, type Username } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { type Product, startProduct } from '../support/product.ts';

test.describe.configure({ mode: 'serial', timeout: 240_000 });

/** An installation of its own: whoever falls silent loses a file soon, and nobody else submits. */
const LEASE_SECONDS = 12;
let product: Product;
let a: Desk;
let b: Desk;
let admin: Desk;
let staff: Desk;

const open = (browser: Browser, who: Username, options = {}) =>
  Desk.open(browser, who, { baseURL: product.address, reducedMotion: 'reduce', ...options });
const table = (desk: Desk) => desk.page.getByRole('table', { name: '审核队列' });
const row = (desk: Desk, name: string): Locator =>
  table(desk)
    .getByRole('row')
    .filter({ has: desk.page.getByRole('link', { name }) });
const names = (desk: Desk) => table(desk).getByRole('link').allTextContents();
const aside = (desk: Desk) => desk.page.getByRole('complementary', { name: '预览' });
const toasts = (desk: Desk) => desk.page.locator('.toast');

/** Customers in a state, as staff find them. */
async function customers(status: string) {
  const answer = await staff.context.request.get(`/api/customers?status=${status}&pageSize=50`);
  return ((await answer.json()) as { items: Customer[] }).items;
}
async function command(desk: Desk, id: string, name: 'submit' | 'withdraw'): Promise<void> {
  const answer = await desk.context.request.post(`/api/customers/${id}/${name}`, { data: {} });
  expect(answer.status()).toBe(200);
}

test.beforeAll(async ({ browser }) => {
  product = await startProduct({ env: { REVIEW_LEASE_SECONDS: String(LEASE_SECONDS) } });
  [a, b, admin, staff] = await Promise.all([
    open(browser, 'auditor1'),
    open(browser, 'auditor2'),
    open(browser, 'admin'),
    open(browser, 'staff1'),
  ]);
  await Promise.all([a, b].map((desk) => desk.go('/review')));
});
test.afterAll(async () => {
  await Promise.all([a, b, admin, staff].map((desk) => desk?.close()));
  await product?.remove();
});

test('a claim by one is on the other’s screen without a reload, and no row moves', async () => {
  const before = await names(b);
  expect(before.length).toBeGreaterThanOrEqual(3);
  await row(a, '蒋明哲').getByRole('button', { name: '领取 蒋明哲' }).click();
  await expect(row(a, '蒋明哲')).toContainText('你');
  await expect(row(b, '蒋明哲')).toContainText(a.name);
  await expect(row(b, '蒋明哲').getByRole('button')).toHaveCount(0);
  expect(await names(b)).toEqual(before);
  expect(await b.isUnreloaded()).toBe(true);
});

test('what is claimed stays so while whoever has it is at work in the queue, however much happens meanwhile', async () => {
  const [other] = await customers('pending');
  const path = `/api/customers/${other?.id}`;
  for (let second = 0; second < LEASE_SECONDS + 6; second += 1) {
    const { version } = await (await staff.context.request.get(path)).json();
    const answer = await staff.context.request.patch(path, { data: { version, note: `${second}` } });
    expect(answer.status()).toBe(200);
    await a.page.mouse.move(300 + second, 300);
    await b.page.waitForTimeout(1000);
  }
  await expect(row(b, '蒋明哲')).toContainText(a.name);
});

test('a queue that lies open untouched keeps no file from the others', async () => {
  const claim = { name: '领取 蒋明哲' };
  await expect(row(b, '蒋明哲').getByRole('button', claim)).toBeVisible({
    timeout: (LEASE_SECONDS * 2 + 15) * 1000,
  });
  await row(a, '蒋明哲').getByRole('button', claim).click();
  await expect(row(b, '蒋明哲')).toContainText(a.name);
});

test('a colleague asks for a file, which a reload does not forget, is granted it, and both see so', async () => {
  await row(b, '蒋明哲').click();
  await aside(b).getByRole('button', { name: '请求接手' }).click();
  await expect(toasts(b).filter({ hasText: `已请 ${a.name} 交给你` })).toBeVisible();
  const question = a.page.getByRole('alert').filter({ hasText: `${b.name} 请求接手 蒋明哲` });
  await expect(question).toBeVisible();
  await a.go('/review');
  await question.getByRole('button', { name: '交给 TA' }).click();
  await expect(question).toHaveCount(0);
  await expect(row(b, '蒋明哲')).toContainText('你');
  await expect(row(a, '蒋明哲')).toContainText(b.name);
});

test('an administrator takes a file over', async () => {
  await admin.go('/review');
  await row(admin, '蒋明哲').click();
  await aside(admin).getByRole('button', { name: '接管' }).click();
  await expect(row(admin, '蒋明哲')).toContainText('你');
  for (const desk of [a, b]) await expect(row(desk, '蒋明哲')).toContainText(admin.name);
  await row(a, '蒋明哲').click();
  await expect(aside(a).getByRole('button', { name: '接管' })).toHaveCount(0);
});

test('new submissions gather while another order is shown, and slide in below in the order of urgency', async () => {
  await a.go('/review?sort=-submitted');
  const [before, urgent] = [await names(a), await names(b)];
  // The worker has to open the demo's documents first.
  await expect
    .poll(async () => (await customers('complete')).length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(2);
  const arriving = (await customers('complete')).slice(0, 2);
  expect(arriving).toHaveLength(2);
  for (const { id } of arriving) await command(staff, id, 'submit');
  const gathered = a.page.getByRole('button', { name: /2 份新提交/ });
  await expect(gathered).toBeVisible();
  expect(await names(a)).toEqual(before);
  await expect(row(b, arriving[1]?.name ?? '')).toBeVisible();
  expect((await names(b)).slice(0, urgent.length)).toEqual(urgent);
  await gathered.click();
  await expect(row(a, arriving[0]?.name ?? '')).toBeVisible();
  expect((await names(a)).slice(0, 2).sort()).toEqual(arriving.map(({ name }) => name).sort());
  await expect(gathered).toHaveCount(0);
  expect(await a.isUnreloaded()).toBe(true);
});

test('a file that leaves is marked under the hand and goes when the hand is away', async () => {
  const [gone] = (await customers('reviewing')).filter(({ name }) => name !== '蒋明哲');
  if (!gone) throw new Error('no file to withdraw');
  await row(b, gone.name).hover();
  await command(staff, gone.id, 'withdraw');
  await expect(row(b, gone.name)).toContainText('客服已撤回');
  await b.page.waitForTimeout(6_000);
  await expect(row(b, gone.name)).toBeVisible();
  await b.page.mouse.move(5, 5);
  await expect(row(b, gone.name)).toHaveCount(0);
  await command(staff, gone.id, 'submit');
});

test('G C goes to the customers and claims nobody', async () => {
  await a.go('/review');
  const free = table(a).getByRole('button', { name: /^领取 / });
  await free.first().locator('xpath=ancestor::tr').click();
  const before = (await customers('reviewing')).filter(({ claimedBy }) => claimedBy).length;
  await a.page.keyboard.press('g');
  await a.page.keyboard.press('c');
  await a.page.waitForURL(/\/customers/);
  expect((await customers('reviewing')).filter(({ claimedBy }) => claimedBy)).toHaveLength(before);
});

test('the next file is never given to both', async () => {
  await Promise.all([a, b].map((desk) => desk.go('/review')));
  await Promise.all([a, b].map((desk) => desk.page.keyboard.press('n')));
  await Promise.all([a, b].map((desk) => desk.page.waitForURL(/\/review\/[0-9a-f-]{36}/)));
  expect(a.page.url()).not.toBe(b.page.url());
});

test('the file of a browser that was closed is free again by itself', async ({ browser }) => {
  await a.go('/review');
  const taken = table(a).getByRole('row').filter({ hasText: b.name });
  await expect(taken).toHaveCount(1);
  const [name = ''] = await taken.getByRole('link').allTextContents();
  await b.close();
  await expect(row(a, name).getByRole('button', { name: `领取 ${name}` })).toBeVisible({
    timeout: (LEASE_SECONDS + 15) * 1000,
  });
  expect(await a.isUnreloaded()).toBe(true);
  b = await open(browser, 'auditor2');
});

test('the queue is worked with the keyboard alone', async () => {
  const { page } = a;
  await a.go('/review');
  const chosen = table(a).locator('tr[aria-selected="true"]');
  const [first, second] = await names(a);
  await expect(chosen).toContainText(first ?? '');
  await page.keyboard.press('j');
  await expect(chosen).toContainText(second ?? '');
  await page.keyboard.press('k');
  await expect(chosen).toContainText(first ?? '');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: '键盘快捷键' })).toContainText('审核队列');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press(' ');
  await expect(page).toHaveURL(/\/review\/[0-9a-f-]{36}\?look=1/);
});

test('what staff change at the same moment is no reason not to get a file; it is put back where it was claimed', async () => {
  await a.go('/review');
  const claim = table(a)
    .getByRole('button', { name: /^领取 / })
    .first();
  const name = ((await claim.getAttribute('aria-label')) ?? '').replace('领取 ', '');
  const { id } = (await customers('reviewing')).find((one) => one.name === name) as { id: string };
  await a.page.route(
    '**/claim',
    async (route) => {
      const { version } = await (await staff.context.request.get(`/api/customers/${id}`)).json();
      const data = { version, note: '客户已更换手机' };
      const changed = await staff.context.request.patch(`/api/customers/${id}`, { data });
      expect(changed.status()).toBe(200);
      await route.continue();
    },
    { times: 1 },
  );
  await claim.click();
  await expect(row(a, name)).toContainText('你');
  await row(a, name).click();
  await aside(a).getByRole('button', { name: '放回队列' }).click();
  await expect(row(a, name).getByRole('button', { name: `领取 ${name}` })).toBeVisible();
});

test('the queue shows who is looking at a file, and that the customer is there at this moment', async ({
  browser,
}) => {
  const { id, name, phone } = (await customers('reviewing'))[0] as Awaited<ReturnType<typeof customers>>[0];
  await a.go('/review');
  await b.page.goto(`/review/${id}?look=1`);
  await expect(row(a, name).getByRole('img', { name: `${b.name} 正在旁观` })).toBeVisible();
  const answer = await staff.context.request.post(`/api/customers/${id}/links`, { data: {} });
  const device = await Phone.open(browser, ((await answer.json()) as { url: string }).url);
  await device.verify(phone.slice(-4));
  await expect(row(a, name).getByRole('img', { name: '客户正在手机上' })).toBeVisible({ timeout: 15_000 });
  await Promise.all([device.close(), b.page.goto('/review')]);
  await expect(row(a, name).getByRole('img', { name: /正在旁观|正在手机上/ })).toHaveCount(0, {
    timeout: 20_000,
  });
});

test('a file that is returned is marked, leaves, and stands among those that come back', async () => {
  const name = '蒋明哲';
  await a.go('/review');
  const { id } = (await customers('reviewing')).find((one) => one.name === name) as { id: string };
  const { version } = await (
    await admin.context.request.post(`/api/customers/${id}/claim/takeover`, { data: {} })
  ).json();
  await a.page.mouse.move(5, 5);
  const decided = await admin.context.request.post(`/api/customers/${id}/decision`, {
    data: { version, decision: 'return', reason: '请补房产证明', requestedTypes: ['property_proof'] },
  });
  expect(decided.status()).toBe(200);
  await expect(row(a, name)).toContainText('已退回补件');
  await expect(row(a, name)).toHaveCount(0);
  await a.page
    .getByRole('main')
    .getByRole('link', { name: /今天已审/ })
    .click();
  await expect(a.page.getByRole('row').filter({ hasText: name })).toContainText(admin.name);
  expect(await a.isUnreloaded()).toBe(true);
});

test('filters are in the address and hold for what comes', async () => {
  await a.go('/review');
  const main = a.page.getByRole('main');
  await main.getByLabel('只看').selectOption({ label: '未领取' });
  await expect(a.page).toHaveURL(/unclaimed=true/);
  await expect(
    table(a)
      .getByRole('row')
      .filter({ hasText: /你|周牧/ }),
  ).toHaveCount(0);
  await a.page.getByRole('link', { name: /退回中/ }).click();
  await expect(a.page.getByRole('table', { name: '退回中' })).toBeVisible();
  await a.page
    .getByRole('main')
    .getByRole('link', { name: /今天已审/ })
    .click();
  await expect(a.page.getByRole('table').getByRole('row').nth(1)).toBeVisible();
});

test('one’s own view of the queue is saved, found again, and deleted', async () => {
  await a.go('/review?product=mortgage&resubmitted=true');
  const { page } = a;
  await page.getByRole('button', { name: '新建视图' }).click();
  const dialog = page.getByRole('dialog', { name: '存为视图' });
  await dialog.getByLabel('视图名称').fill('房贷补件');
  await dialog.getByRole('button', { name: '保存' }).click();
  await a.go('/customers');
  const link = page.getByRole('link', { name: '房贷补件' });
  await link.click();
  await expect(page).toHaveURL(/\/review\?resubmitted=true&product=mortgage$/);
  await expect(link).toHaveAttribute('aria-current', 'page');
  await link.hover();
  await page.getByRole('button', { name: '视图「房贷补件」的操作' }).click();
  await page.getByRole('menuitem', { name: '删除视图' }).click();
  await expect(link).toHaveCount(0);
});

test('without a connection the queue says so and nothing can be claimed', async () => {
  await a.go('/review');
  await a.context.setOffline(true);
  await expect(a.page.getByRole('status').filter({ hasText: '已断线' })).toBeVisible();
  await expect(a.page.getByRole('button', { name: /开始审核/ }).first()).toBeDisabled();
  await a.context.setOffline(false);
  await expect(a.page.getByRole('button', { name: /^开始审核/ })).toBeEnabled({ timeout: 30_000 });
});

for (const { colorScheme, locale } of LOOKS) {
  test(`nothing stands in the way of auditors (${colorScheme}, ${locale})`, async ({ browser }) => {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 1920, height: 1080 },
      { width: 390, height: 844 },
    ]) {
      const desk = await open(browser, 'auditor1', { colorScheme, viewport });
      await desk.context.addCookies([{ name: 'locale', value: locale, url: product.address }]);
      for (const path of ['/review', '/review?view=returned', '/review?view=done']) {
        await desk.page.goto(path);
        await expect(desk.page.locator('html')).toHaveAttribute('lang', locale);
        await expect(desk.page.getByRole('main').getByRole('link').first()).toBeVisible();
        await expect(desk.page.locator('table a').first()).toBeVisible();
        const name = `queue-${colorScheme}-${locale}-${viewport.width}${path.split('=')[1] ?? ''}.png`;
        await desk.page.screenshot({ path: test.info().outputPath(name) });
        if (viewport.width !== 1920)
          expect.soft(await findings(desk.page), `${path} at ${viewport.width}`).toEqual([]);
      }
      await desk.close();
    }
  });
}
