import { expect, test } from '@playwright/test';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, PEOPLE, type Username } from '../support/desk.ts';

let desk: Desk;
test.afterEach(async () => desk?.close());

const scrolled = () => desk.page.locator('#main .tw').evaluate((list) => list.scrollTop);

test('whoever goes back from a customer is at the row, the place and the filter they left', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1', { viewport: { width: 1440, height: 460 } });
  const { page } = desk;
  await desk.go('/customers?status=pending%2Ccomplete%2Creviewing');
  for (let row = 0; row < 9; row += 1) await page.keyboard.press('j');
  const link = page.getByRole('table', { name: '客户' }).getByRole('row').nth(10).getByRole('link');
  await expect(link).toBeFocused();
  const name = (await link.textContent()) ?? '';
  const before = await scrolled();
  expect(before).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { level: 1, name });
  await expect(heading).toBeFocused();
  for (const back of [
    () => page.goBack(),
    () => page.getByRole('main').getByRole('link', { name: '客户', exact: true }).click(),
  ]) {
    await back();
    await expect(page).toHaveURL(/status=pending/);
    await expect(page.getByRole('link', { name, exact: true }).first()).toBeFocused();
    expect(await scrolled()).toBe(before);
    await page.keyboard.press('Enter');
    await expect(heading).toBeVisible();
  }
});

test('an auditor begins at the queue, and comes back to the file just looked at', async ({ browser }) => {
  desk = await Desk.open(browser, 'auditor1');
  const { page } = desk;
  await desk.context.clearCookies();
  await page.goto('/');
  await expect(page).toHaveURL(/\/login$/);
  await page.getByRole('button', { name: '登录', exact: false }).click();
  await expect(page.getByRole('alert')).toHaveText('请填写账号和密码');
  await page.getByLabel('账号').fill('auditor1');
  await page.getByLabel('密码', { exact: true }).fill(PEOPLE.auditor1.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/review$/);
  const rows = page.getByRole('table', { name: '审核队列' }).locator('tr[data-customer]');
  await expect(rows.first()).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const name = (await rows.nth(2).getByRole('link').textContent()) ?? '';
  await expect(rows.nth(2).getByRole('link')).toBeFocused();
  await page.keyboard.press(' ');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.goBack();
  await expect(rows.filter({ hasText: name })).toHaveAttribute('aria-selected', 'true');
  await expect(rows.filter({ hasText: name }).getByRole('link')).toBeFocused();
  await page.goto('/');
  await expect(page).toHaveURL(/\/review$/);
  // What only others may do is not offered, not even as a hint.
  await desk.go('/customers?status=approved&missing=credit_report');
  await expect(page.getByRole('heading', { name: '没有符合条件的客户' })).toBeVisible();
  await expect(page.getByText('新建客户')).toHaveCount(0);
});

test('the places of a customer are walked with the focus; a key undoes; files go to their type', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  const { id } = await desk.create({ name: `键盘${Date.now() % 100_000}`, phone: '13800000000' });
  const photo = (name: string) =>
    jpegFile(name, sampleJpeg({ width: 320, height: 200, comment: `${id} ${name}` }));
  for (const name of ['甲.jpg', '乙.jpg', '丙.jpg']) await desk.uploadTo(id, 'id_card_front', photo(name));
  await desk.go(`/customers/${id}`);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: '跳到主要内容' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  await page.keyboard.press('ArrowDown');
  await expect(desk.slot('身份证正面')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(desk.slot('身份证反面')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press(' ');
  await expect(page.getByRole('dialog', { name: '身份证正面：丙.jpg' })).toBeVisible();
  await page.keyboard.press('Escape');
  const newest = desk.slot('身份证正面').getByRole('button', { name: '查看身份证正面：丙.jpg' });
  await expect(newest).toBeFocused();

  await desk.choose('身份证正面', '删除 丙.jpg');
  await expect(page.getByRole('status').filter({ hasText: '已删除 丙.jpg' })).toBeVisible();
  await page.keyboard.press('z');
  await expect(newest).toBeVisible();

  await desk.choose('身份证正面', '全部 3 个文件…');
  const files = page.getByRole('dialog', { name: '身份证正面的全部 3 个文件' });
  await files.getByRole('button', { name: '改为其他类型 甲.jpg' }).click();
  const moving = page.getByRole('dialog', { name: '甲.jpg 应该是什么' });
  await moving.getByRole('combobox').selectOption({ label: '收入证明' });
  await moving.getByRole('button', { name: '移过去' }).click();
  await expect(desk.slot('收入证明').getByRole('button', { name: '查看收入证明：甲.jpg' })).toBeVisible();

  const carried = desk.slot('身份证正面').getByRole('button', { name: '查看身份证正面：乙.jpg' });
  const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
  await carried.dispatchEvent('dragstart', { dataTransfer });
  await desk.slot('身份证反面').dispatchEvent('dragover', { dataTransfer });
  await desk.slot('身份证反面').dispatchEvent('drop', { dataTransfer });
  const moved = desk.slot('身份证反面').getByRole('button', { name: '查看身份证反面：乙.jpg' });
  await expect(moved).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: '已把 乙.jpg 移到' })).toBeVisible();
  await page.keyboard.press('z');
  await expect(moved).toHaveCount(0);
});

test('my tasks hold what a colleague writes to me about, until I have opened it', async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  const colleague = await Desk.open(browser, 'staff2');
  const { user } = await (await desk.context.request.get('/api/auth/me')).json();
  const name = `请看${Date.now() % 100_000}`;
  const { id } = await colleague.create({ name, phone: '13800000000' });
  const written = await colleague.context.request.post(`/api/customers/${id}/comments`, {
    data: { body: '请补一下流水', mentions: [user.id] },
  });
  expect(written.status()).toBe(201);
  await desk.go('/customers?todo=1');
  const row = page.getByRole('table', { name: '客户' }).getByRole('row').filter({ hasText: name });
  await expect(row).toBeVisible();
  await row.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const asked = async () =>
    (
      (await (await desk.context.request.get('/api/customers?todo=true&pageSize=100')).json()) as {
        items: { id: string }[];
      }
    ).items.map((customer) => customer.id);
  await expect.poll(asked).not.toContain(id);
  await colleague.close();
});

test('the palette stands still while names are found, and a search counts what it found', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  await desk.go('/customers');
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog');
  const field = palette.getByRole('combobox');
  const first = palette.getByRole('option').first();
  const before = await field.boundingBox();
  await field.fill('陈思远');
  await expect(first).toContainText('陈思远');
  expect(await field.boundingBox()).toEqual(before);
  await field.fill('不会有这个人');
  await expect(palette.getByRole('option')).toHaveCount(0);
  await expect(palette.getByRole('status').filter({ hasText: '没有符合条件的客户' })).toBeVisible();
  await field.fill('138001');
  await expect(palette.getByText('请输入完整号码或末四位')).toBeVisible();
  const tooMany = {
    type: 'too-many-searches',
    title: '',
    status: 429,
    detail: '',
    instance: '',
    retryAfter: 540,
  };
  await page.route('**/api/customers/search', (route) => route.fulfill({ status: 429, json: tooMany }));
  await field.fill('13800138000');
  await expect(palette.getByText('请 9 分钟后再试')).toBeVisible();
  await page.unroute('**/api/customers/search');
  expect(await field.boundingBox()).toEqual(before);
  // The first empties the field.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);

  const tabs = page.getByRole('navigation', { name: '按状态查看' });
  await expect(tabs.getByRole('button', { name: /收集中/ })).toHaveText(/\d/);
  await page.keyboard.press('/');
  await page.keyboard.type('陈思远');
  const found = page
    .getByRole('table', { name: '客户' })
    .getByRole('row')
    .filter({ has: page.getByRole('link') });
  await expect(found.filter({ hasNotText: '陈思远' })).toHaveCount(0);
  await expect(tabs.getByRole('button', { name: /收集中/ })).not.toHaveText(/\d/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`客户${await found.count()}`);
});

test('what is typed outlives Escape and a reload until it is saved; the log says from what to what', async ({
  browser,
}) => {
  desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  const name = `草稿${Date.now() % 100_000}`;
  const kept = page.getByText('接着上次没保存的内容');

  await desk.go('/customers?new=1');
  const creating = page.getByRole('dialog', { name: '新建客户' });
  await creating.getByLabel('姓名').fill(name);
  await page.keyboard.press('Escape');
  await expect(creating).toHaveCount(0);
  await desk.go('/customers?new=1');
  await expect(creating.getByLabel('姓名')).toHaveValue(name);
  await expect(kept).toBeVisible();
  await creating.getByLabel('手机').fill('13800000021');
  await creating.getByRole('button', { name: '创建', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  const editing = page.getByRole('dialog', { name: `修改 ${name}` });
  await page.keyboard.press('e');
  await expect(kept).toHaveCount(0);
  await editing.getByLabel('手机').fill('139 0000 0029');
  await editing.getByLabel('金额').fill('30');
  await page.keyboard.press('Escape');
  await expect(editing).toHaveCount(0);
  await page.reload();
  await desk.settle();
  await page.keyboard.press('e');
  await expect(editing.getByLabel('手机')).toHaveValue('139 0000 0029');
  await expect(editing.getByLabel('金额')).toHaveValue('30');
  await editing.getByRole('button', { name: '保存' }).click();
  await expect(editing).toHaveCount(0);
  const said = page.getByRole('main').getByText('手机：138 **** 0021 → 139 **** 0029');
  await expect(said).toBeVisible();
  const invited = new URL(page.url()).pathname;
  await page.keyboard.press('e');
  await expect(kept).toHaveCount(0);
  await editing.getByLabel('备注').fill('周四下午再来');
  await page.keyboard.press('Escape');

  await desk.go('/customers?status=complete');
  await page.getByRole('button', { name: '存为视图' }).click();
  const naming = page.getByRole('dialog', { name: '存为视图' });
  await naming.getByLabel('视图名称').fill('齐了的');
  await page.keyboard.press('Escape');
  await page.reload();
  await desk.settle();
  await page.getByRole('button', { name: '存为视图' }).click();
  await expect(naming.getByLabel('视图名称')).toHaveValue('齐了的');
  await naming.getByRole('button', { name: '取消' }).click();

  await desk.go('/account');
  const token = page.getByRole('dialog', { name: '新建令牌' });
  await page.getByRole('button', { name: '新建令牌' }).click();
  await token.getByLabel('用途').fill('对账脚本');
  await page.keyboard.press('Escape');
  await page.reload();
  await desk.settle();
  await page.getByRole('button', { name: '新建令牌' }).click();
  await expect(token.getByLabel('用途')).toHaveValue('对账脚本');
  await token.getByRole('button', { name: '取消' }).click();

  const typed = () => page.evaluate(() => Object.values(sessionStorage).join(' '));
  expect(await typed()).toContain('周四下午再来');
  await page.getByRole('button', { name: '退出登录' }).click();
  await expect(page).toHaveURL(/\/login/);
  expect(await typed()).not.toMatch(/周四下午再来|齐了的|对账脚本/);

  // Nobody has logged out: the session was another's by the time the page came back.
  const signIn = (username: Username) =>
    desk.context.request.post('/api/auth/login', {
      data: { username, password: PEOPLE[username].password },
    });
  await signIn('staff1');
  await desk.go(invited);
  await page.getByRole('button', { name: '邀请客户' }).first().click();
  const inviting = page.getByRole('dialog', { name: '邀请客户手机' });
  await inviting.getByLabel('给谁').fill('客户的爱人');
  await page.keyboard.press('Escape');
  await page.reload();
  await desk.settle();
  await page.getByRole('button', { name: '邀请客户' }).first().click();
  await expect(inviting.getByLabel('给谁')).toHaveValue('客户的爱人');
  expect(await typed()).toContain('客户的爱人');
  await signIn('staff2');
  await desk.go('/customers');
  expect(await typed()).not.toContain('客户的爱人');
});

test('a form says in the reader’s language what is missing', async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  await context.addCookies([{ name: 'locale', value: 'en', url: baseURL ?? '' }]);
  const page = await context.newPage();
  await page.goto('/register#none');
  const name = page.getByLabel('Name shown to colleagues');
  await expect(name).toBeVisible();
  // The page has taken the form over from the server's.
  await expect(async () => {
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByText('Required', { exact: true }).first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByText('Required', { exact: true })).toHaveCount(3);
  await expect(name).toBeFocused();
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('At least 10 characters')).toBeVisible();
  await context.close();
});
