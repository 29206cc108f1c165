import { expect, test } from '@playwright/test';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { findings } from '../support/accessibility.ts';
import { Desk, jpegFile } from '../support/desk.ts';
import { PHONE } from '../support/phone.ts';

let desk: Desk;
test.afterEach(async () => desk?.close());

test('the list is worked with the keyboard alone', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  await desk.go('/customers');
  const rows = page
    .getByRole('table', { name: '客户' })
    .getByRole('row')
    .filter({ has: page.getByRole('link') });
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await expect(page.getByText('已选 1 位')).toBeVisible();
  await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Escape');
  await expect(page.getByText('已选 1 位')).toBeHidden();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: '姓名、手机尾号或编号' })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await expect(page.getByRole('dialog', { name: '新建客户' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: '键盘快捷键' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const name = (await rows.nth(1).getByRole('link').textContent()) ?? '';
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('a filter is saved as a view and is there on the next day', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  const view = `视图${Date.now() % 100_000}`;
  await desk.go('/customers');
  await page.keyboard.press('f');
  const filters = page.getByRole('dialog', { name: '筛选' });
  await filters.getByLabel('缺', { exact: true }).selectOption({ label: '征信报告' });
  await filters.getByRole('button', { name: '完成' }).click();
  await expect(page).toHaveURL(/missing=credit_report/);
  await page.getByRole('button', { name: '存为视图' }).click();
  const naming = page.getByRole('dialog', { name: '存为视图' });
  await naming.getByLabel('视图名称').fill(view);
  await naming.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('status').filter({ hasText: `已保存视图「${view}」` })).toBeVisible();
  await desk.go('/customers');
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: view }).click();
  await expect(page).toHaveURL(/missing=credit_report/);
  await expect(page.getByRole('button', { name: '移除筛选：缺' })).toBeVisible();
});

test('the language changes on the open page and stays', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff2');
  const { page } = desk;
  await desk.go('/customers');
  await page.getByRole('button', { name: /切换语言/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Customers/ })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  expect(await desk.isUnreloaded()).toBe(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: /^Customers/ })).toBeVisible();
  await expect(page.getByText('Synced')).toBeVisible();
  await page.getByRole('button', { name: /Change language/i }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^客户/ })).toBeVisible();
});

test('the colour mode is chosen, applied at once and kept from the first byte', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1', { colorScheme: 'light' });
  const { page } = desk;
  await desk.go('/account');
  const ink = () =>
    page.getByRole('heading', { level: 1 }).evaluate((heading) => getComputedStyle(heading).color);
  // Words of the page itself wear the ink of the design language, in either mode.
  const wearsInk = () =>
    page.evaluate(() => {
      const worn = getComputedStyle(document.body).color;
      document.body.style.color = 'var(--ink)';
      const ink = getComputedStyle(document.body).color;
      document.body.style.color = '';
      return worn === ink;
    });
  expect(await wearsInk()).toBe(true);
  const light = await ink();
  await page.getByLabel('外观').selectOption('dark');
  await expect.poll(ink).not.toBe(light);
  expect(await wearsInk()).toBe(true);
  const answer = await desk.context.request.get('/account');
  expect(await answer.text()).toContain('data-mode="dark"');
});

test('whoever leaves a dialog by its buttons is back where they were', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  await desk.go('/customers');
  const opener = page.getByRole('main').getByRole('button', { name: '新建客户' });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: '新建客户' });
  await expect(dialog.getByLabel('姓名')).toBeFocused();
  await dialog.getByRole('button', { name: '取消' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test('a menu and a picker are worked by their keys, and Escape closes them alone', async ({ browser }) => {
  // As on a laptop with a touch screen.
  desk = await Desk.open(browser, 'staff1', { hasTouch: true });
  const { page } = desk;
  await desk.go('/customers');
  const columns = page.getByRole('button', { name: '显示的列' });
  await columns.focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu', { name: '显示的列' });
  await expect(menu).toBeFocused();
  await page.keyboard.press('End');
  const entry = (await menu.getByRole('menuitem').last().getAttribute('id')) ?? '';
  await expect(menu).toHaveAttribute('aria-activedescendant', entry);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await expect(columns).toBeFocused();

  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: '新建客户' });
  const owner = dialog.getByRole('combobox', { name: '负责人' });
  await owner.click();
  const list = dialog.getByRole('listbox', { name: '负责人' });
  await page.keyboard.press('End');
  const last = list.getByRole('option').last();
  await expect(owner).toHaveAttribute('aria-activedescendant', (await last.getAttribute('id')) ?? '');
  const name = (await last.textContent()) ?? '';
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);
  await expect(dialog).toBeVisible();
  await owner.click();
  await expect(list).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(list).toHaveCount(0);
  await expect(owner).not.toBeFocused();
  await owner.fill(name.trim().slice(-2));
  await page.keyboard.press('Enter');
  await expect(list).toHaveCount(0);
  await expect(owner).toHaveValue(new RegExp(`${name.trim().slice(-2)}$`));
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('what happened to all customers is read back page by page, by kind, and goes on live', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  const colleague = await Desk.open(browser, 'staff2');
  await desk.go('/activity');
  const entries = page.getByRole('main').getByRole('listitem');
  await expect(entries.filter({ hasText: '上传' }).first()).toBeVisible();
  const shown = await entries.count();
  await page.getByRole('button', { name: '加载更早的' }).click();
  await expect.poll(() => entries.count()).toBeGreaterThan(shown);

  const name = `动态${Date.now() % 100_000}`;
  await colleague.create({ name, phone: '13800000000' });
  // The pointer is in the list: what is new waits until it is asked for.
  await page.getByRole('button', { name: '1 条新动态' }).click();
  await expect(entries.first()).toContainText(`何予安 staff2 创建了客户 ${name}`);
  await page.getByLabel('筛选动态').selectOption('review');
  await expect(page).toHaveURL(/kind=review/);
  await expect(entries.filter({ hasText: '提交审核' }).first()).toBeVisible();
  await expect(entries.filter({ hasText: '创建了客户' })).toHaveCount(0);
  expect(await desk.isUnreloaded()).toBe(true);
  await colleague.close();
});

test('on the phone no place moves when a colleague starts and a file arrives', async ({ browser }) => {
  const colleague = await Desk.open(browser, 'staff2');
  const { id } = await colleague.create({ name: `拇指${Date.now() % 100_000}`, phone: '13800000000' });
  desk = await Desk.open(browser, 'staff1', { viewport: { width: 390, height: 844 }, hasTouch: true });
  const { page } = desk;
  await page.goto(`/customers/${id}`);
  const places = page.getByRole('main').getByRole('heading', { level: 3 });
  const tops = () =>
    places.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
  await expect(places.first()).toBeVisible();
  const name = page.getByRole('heading', { level: 1 });
  expect(await name.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
  const before = await tops();
  await colleague.go(`/customers/${id}`);
  await colleague.page.keyboard.press('e');
  await expect(page.getByText('何予安 正在修改')).toBeVisible();
  expect(await tops()).toEqual(before);
  await colleague.uploadTo(id, 'income_proof', jpegFile('收入.jpg', sampleJpeg({ width: 320, height: 200 })));
  await expect(desk.slot('收入证明').getByRole('button', { name: /^查看/ })).toBeVisible();
  // Up to the place that got it; what is below makes room for the picture.
  expect((await tops()).slice(0, 3)).toEqual(before.slice(0, 3));
  await colleague.close();
});

test('an address that does not exist says so and leads back', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  for (const path of ['/nowhere', '/customers/00000000-0000-7000-8000-000000000000', '/admin/users']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: '没有找到这一页' })).toBeVisible();
  }
  await page.getByRole('link', { name: '回到客户列表' }).click();
  await expect(page.getByRole('table', { name: '客户' })).toBeVisible();
});

test('an administrator invites, the invited person registers, and a deactivated person is out at once', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'admin');
  const { page } = desk;
  const username = `guest${Date.now() % 1_000_000}`;
  await desk.go('/admin/users');
  await page.getByRole('button', { name: '邀请同事' }).click();
  const dialog = page.getByRole('dialog', { name: '邀请同事' });
  await dialog.getByLabel('角色').selectOption('staff');
  await dialog.getByRole('button', { name: '生成链接' }).click();
  const link = (await dialog.getByRole('code').textContent()) ?? '';
  await page.keyboard.press('Escape');
  await expect(page.getByRole('table', { name: '邀请' }).getByText('未使用').first()).toBeVisible();

  const invited = await browser.newContext();
  const theirs = await invited.newPage();
  await theirs.goto(link);
  await theirs.getByLabel('姓名（同事看到的）').fill('新同事');
  await theirs.getByLabel('账号').fill(username);
  await theirs.getByLabel('密码').fill('a-long-password-1');
  await theirs.getByRole('button', { name: '创建并登录' }).click();
  await expect(theirs.getByRole('table', { name: '客户' })).toBeVisible();
  await expect(theirs.getByText('已同步')).toBeVisible();

  await page.reload();
  await desk.settle();
  const row = page.getByRole('table', { name: '成员与权限' }).getByRole('row').filter({ hasText: username });
  await row.getByRole('switch').click();
  await expect(row.getByRole('switch')).not.toBeChecked();
  await expect(theirs.getByRole('button', { name: '登录', exact: false })).toBeVisible();
  await expect(theirs).toHaveURL(/\/login/);
  await theirs.goto(link);
  await theirs.getByLabel('姓名（同事看到的）').fill('第二位');
  await theirs.getByLabel('账号').fill(`${username}b`);
  await theirs.getByLabel('密码').fill('a-long-password-1');
  await theirs.getByRole('button', { name: '创建并登录' }).click();
  await expect(theirs.getByRole('alert')).toContainText('邀请链接不存在、已用过或已过期');
  await invited.close();
});

test('a code that did not reach the server is tried again on the phone, and a used one says what to do', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1');
  const { id, name } = await desk.create({ name: `扫码${Date.now() % 100_000}`, phone: '13800000000' });
  const answer = await desk.context.request.post(`/api/customers/${id}/handoff`);
  const { url } = (await answer.json()) as { url: string };
  const phone = await browser.newContext(PHONE);
  const page = await phone.newPage();
  await page.route('**/api/auth/handoff', (route) => route.abort(), { times: 1 });
  await page.goto(url);
  await expect(page.getByRole('heading', { name: '没有连上服务器' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: '再试一次' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.goto(url);
  await expect(page.getByRole('heading', { name: '二维码已用过或过期' })).toBeVisible();
  await expect(page.getByRole('link', { name: '用账号登录' })).toBeVisible();
  await phone.close();
});
