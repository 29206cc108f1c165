import { expect, test } from '@playwright/test';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, PEOPLE } from '../support/desk.ts';

test.describe.configure({ mode: 'serial' });

let desk: Desk;
let colleague: Desk;
let seen: Customer;
let unseen: Customer;

const stamp = Date.now() % 100_000;
const strip = () => desk.page.getByRole('status').filter({ hasText: '已断线，正在重连…' });
const heading = (name: string) => desk.page.getByRole('heading', { level: 1, name });
const toList = () =>
  desk.page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: /^客户/ });
const row = (customer: Customer) => desk.page.getByRole('main').getByRole('link', { name: customer.name });

test.beforeAll(async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  colleague = await Desk.open(browser, 'staff2');
  seen = await colleague.create({ name: `看过${stamp}`, phone: '13700000000', note: '周三' });
  unseen = await colleague.create({ name: `没看${stamp}`, phone: '13700000001' });
  await colleague.uploadTo(seen.id, 'id_card_front', jpegFile('正面.jpg', sampleJpeg()));
  await expect
    .poll(async () => (await colleague.workspace(seen.id)).documents.map(({ state }) => state), {
      timeout: 60_000,
    })
    .toEqual(['ready']);
  await desk.go('/customers');
  await row(seen).click();
  await expect(heading(seen.name)).toBeVisible();
  await toList().click();
  await expect(row(unseen)).toBeVisible();
  await desk.keepCode();
  await desk.context.setOffline(true);
  await expect(strip()).toBeVisible();
});
test.afterAll(async () => {
  await Promise.all([desk, colleague].map((one) => one?.close()));
});

test('without a connection a customer who was open before opens again', async () => {
  await row(seen).click();
  await expect(heading(seen.name)).toBeVisible();
  await expect(strip()).toContainText('数据截至');
  await expect(desk.fact('备注')).toHaveText('周三');
});

test('a thumbnail opens the picture view, which says why there is no picture', async () => {
  await desk.page.getByRole('button', { name: /查看身份证正面/ }).click();
  const view = desk.page.getByRole('dialog', { name: /身份证正面/ });
  await expect(view.getByText('连不上服务器')).toBeVisible();
  await view.getByRole('button', { name: '关闭' }).click();
});

test('a comment and a field written without a connection wait on this device, also over another page', async () => {
  await desk.page.keyboard.press('e');
  const form = desk.page.getByRole('dialog', { name: `修改 ${seen.name}` });
  await form.getByLabel('备注').fill('改约周五下午');
  await form.getByRole('button', { name: '保存' }).click();
  await expect(form).toBeHidden();
  await desk.page.getByRole('textbox', { name: '写评论' }).fill('客户周五来');
  await desk.page.keyboard.press('Control+Enter');
  await expect(strip()).toContainText('2 项更改将在恢复后同步');
  await toList().click();
  await expect(row(unseen)).toBeVisible();
  await expect(strip()).toContainText('2 项更改将在恢复后同步');
});

test('a form that cannot wait says so before anybody types', async () => {
  await desk.page.getByRole('main').getByRole('button', { name: '新建客户' }).click();
  const form = desk.page.getByRole('dialog', { name: '新建客户' });
  await expect(form.getByText('已断线，现在还不能保存')).toBeVisible();
  await form.getByRole('button', { name: '取消' }).click();
});

test('what cannot wait says so before anything is chosen', async () => {
  const { page } = desk;
  const why = '断线时不能做，恢复后再试';
  await page.getByRole('main').getByRole('checkbox', { name: seen.name }).check();
  await expect(page.getByRole('toolbar', { name: '已选 1 位' })).toContainText(why);
  await page.keyboard.press('Escape');
  await row(seen).click();
  for (const place of [seen.name, '身份证正面']) {
    await page.getByRole('button', { name: `${place}的更多操作` }).click();
    await expect(page.getByRole('menuitem').filter({ hasText: why }).first()).toBeDisabled();
    await page.keyboard.press('Escape');
  }
  await toList().click();
});

test('a page that begins without a connection holds nothing of anybody, and says what it has kept', async () => {
  const page = await desk.context.newPage();
  await page.goto(`/customers/${seen.id}`);
  await expect(page.getByRole('heading', { name: '没有网络' })).toBeVisible();
  await expect(page.getByText('没传完的文件和没保存的内容都还在这台设备上')).toBeVisible();
  const paths = await page.evaluate(async () => {
    const kept = await Promise.all(
      (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
    );
    return kept.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(paths.filter((path) => !path.startsWith('/_app/immutable/')).sort()).toEqual([
    '/favicon.svg',
    '/offline.html',
    '/samples.svg',
  ]);
  await page.close();
});

test('a customer never opened is said to be missing inside the shell, and opens by itself afterwards', async () => {
  const answer = await colleague.context.request.patch(`/api/customers/${seen.id}`, {
    data: { version: (await colleague.workspace(seen.id)).customer.version, note: '改约周四' },
  });
  expect(answer.status()).toBe(200);
  await row(unseen).click();
  await expect(heading('这一页还没有读到这台设备上')).toBeVisible();
  await expect(toList()).toBeVisible();
  await desk.context.setOffline(false);
  await expect(heading(unseen.name)).toBeVisible({ timeout: 30_000 });
  expect(await desk.isUnreloaded()).toBe(true);
});

test('the comment is there once; the field a colleague changed meanwhile is asked about, and then as one says', async () => {
  const comments = async () => {
    const answer = await desk.context.request.get(`/api/customers/${seen.id}/comments`);
    return ((await answer.json()) as { items: { body: string }[] }).items.map(({ body }) => body);
  };
  await expect.poll(comments).toEqual(['客户周五来']);
  const question = desk.page.getByRole('status').filter({ hasText: `断线期间 ${colleague.name} 也改过` });
  await expect(question).toContainText(seen.name);
  await question.getByRole('button', { name: '用我的' }).click();
  await expect(question).toBeHidden();
  await expect.poll(async () => (await desk.workspace(seen.id)).customer.note).toBe('改约周五下午');
});

test('what a colleague changed meanwhile and nobody has answered for does not stay after signing out', async () => {
  const { page, context } = desk;
  const waiting = () => page.evaluate(() => Object.values(sessionStorage).join(' '));
  await desk.go(`/customers/${seen.id}`);
  await context.setOffline(true);
  await expect(strip()).toBeVisible();
  await page.keyboard.press('e');
  const form = page.getByRole('dialog', { name: `修改 ${seen.name}` });
  await form.getByLabel('备注').fill('客户要改天');
  await form.getByRole('button', { name: '保存' }).click();
  const { customer } = await colleague.workspace(seen.id);
  const data = { version: customer.version, note: '别改' };
  await colleague.context.request.patch(`/api/customers/${seen.id}`, { data });
  await context.setOffline(false);
  await expect(page.getByRole('status').filter({ hasText: '也改过' })).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await expect(page.getByRole('status').filter({ hasText: '也改过' })).toBeVisible();
  expect(await waiting()).toContain('客户要改天');
  await page.goto('/account');
  // What is read from here on is in the memory of this page.
  await toList().click();
  await page.getByRole('searchbox').fill('13700000000');
  await page.waitForURL(/find=/);
  const searched = page.url();
  await row(seen).click();
  await expect(heading(seen.name)).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(searched);
  await page.goBack();
  await page.goBack();
  await page.getByRole('button', { name: '退出登录' }).click();
  await expect(page).toHaveURL(/\/login/);
  expect(await waiting()).not.toContain('客户要改天');

  // Nor what was read: whoever signs in next on this page sees without a connection only what they opened themselves.
  await page.getByLabel('账号').fill(colleague.username);
  await page.getByLabel('密码', { exact: true }).fill(PEOPLE[colleague.username].password);
  await page.keyboard.press('Enter');
  await expect(toList()).toBeVisible();
  // The address of a search for a number leads to the list without it.
  await toList().evaluate((link, to) => link.setAttribute('href', to), searched);
  await toList().click();
  await expect(page).toHaveURL(searched);
  await expect(row(unseen)).toBeVisible();
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await context.setOffline(true);
  await expect(strip()).toBeVisible();
  await row(seen).click();
  await expect(heading('这一页还没有读到这台设备上')).toBeVisible();
  await context.setOffline(false);
  await expect(heading(seen.name)).toBeVisible({ timeout: 30_000 });
  const { username } = desk;
  await context.request.post('/api/auth/login', { data: { username, password: PEOPLE[username].password } });
});

test('an address of no page is said inside the shell', async () => {
  await desk.go('/customers/nowhere/else');
  await expect(heading('没有找到这一页')).toBeVisible();
  await expect(toList()).toBeVisible();
});
