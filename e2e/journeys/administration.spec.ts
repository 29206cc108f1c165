import { expect, test } from '@playwright/test';
import { TOTP } from 'otpauth';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { Desk, jpegFile } from '../support/desk.ts';

const desks: Desk[] = [];
test.afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});
async function open(...args: Parameters<typeof Desk.open>): Promise<Desk> {
  const desk = await Desk.open(...args);
  desks.push(desk);
  return desk;
}

test('accounts and invitations change on the page of another administrator without a reload', async ({
  browser,
}) => {
  const [here, there] = [await open(browser, 'admin'), await open(browser, 'admin')];
  await here.go('/admin/users');
  await there.go('/admin/users');
  const role = (desk: Desk) => desk.page.getByLabel('苏沐 的角色');
  await role(here).selectOption('auditor');
  await expect(role(there)).toHaveValue('auditor');
  await role(there).selectOption('staff');
  await expect(role(here)).toHaveValue('staff');

  const unused = (desk: Desk) => desk.page.getByRole('table', { name: '邀请' }).getByText('未使用');
  const before = await unused(there).count();
  await here.page.getByRole('button', { name: '邀请同事' }).click();
  await here.page.getByRole('button', { name: '生成链接' }).click();
  await expect(unused(there)).toHaveCount(before + 1);
  expect(await there.isUnreloaded()).toBe(true);
});

test('a loan product is made from another one and renamed, and staff can choose it at once', async ({
  browser,
}) => {
  const admin = await open(browser, 'admin');
  const staff = await open(browser, 'staff1');
  const code = `loan_${Date.now()}`;
  const name = `装修贷${Date.now() % 10_000}`;
  await staff.go('/customers');
  await admin.go('/admin/document-types');
  await admin.page.getByRole('button', { name: '房抵贷' }).click();
  const required = admin.page.getByRole('switch', { name: '房产证明 必需' });
  await expect(required).toBeChecked();
  await admin.page.getByRole('button', { name: '添加贷款产品' }).click();
  const making = admin.page.getByRole('dialog', { name: '添加贷款产品' });
  await making.getByLabel('代码').fill(code);
  await making.getByLabel('中文名').fill('新产品');
  await making.getByLabel('英文名').fill('New product');
  await making.getByRole('button', { name: '保存' }).click();
  await expect(admin.page.getByRole('button', { name: '新产品' })).toHaveAttribute('aria-pressed', 'true');
  await expect(required).toBeChecked();

  await admin.page.getByRole('button', { name: '修改产品' }).click();
  const renaming = admin.page.getByRole('dialog', { name: '修改产品' });
  await renaming.getByLabel('中文名').fill(name);
  await renaming.getByRole('button', { name: '保存' }).click();
  await expect(admin.page.getByRole('button', { name })).toBeVisible();

  const row = admin.page.getByRole('row').filter({ hasText: '房产证明' });
  await row.getByRole('button', { name: '修改' }).click();
  const rules = admin.page.getByRole('dialog', { name: `「${name}」要求的房产证明` });
  await rules.getByLabel('最少页数').fill('3');
  await admin.page.keyboard.press('Escape');
  await row.getByRole('button', { name: '修改' }).click();
  await expect(rules.getByLabel('最少页数')).toHaveValue('3');
  await rules.getByRole('button', { name: '保存' }).click();
  await expect(row).toContainText('3 页');
  await admin.page.getByRole('button', { name: '默认清单' }).click();
  await expect(row).not.toContainText('3 页');
  await admin.page.getByRole('button', { name }).click();

  await staff.page.keyboard.press('n');
  const product = staff.page.getByRole('dialog', { name: '新建客户' }).getByLabel('贷款产品');
  await expect(product.getByRole('option', { name })).toHaveCount(1);
  await staff.page.keyboard.press('Escape');

  await admin.page.getByRole('button', { name: '修改产品' }).click();
  await renaming.getByRole('checkbox').uncheck();
  await renaming.getByRole('button', { name: '保存' }).click();
  await expect(admin.page.getByRole('button', { name: `${name} 已停用` })).toBeVisible();
  await staff.page.keyboard.press('n');
  await expect(product.getByRole('option', { name })).toHaveCount(0);
  expect(await staff.isUnreloaded()).toBe(true);

  // No customer has it: it can go again. One that somebody has cannot.
  await admin.page.getByRole('button', { name: '修改产品' }).click();
  await renaming.getByRole('button', { name: '删除' }).click();
  await renaming.getByRole('button', { name: '确定删除' }).click();
  await expect(admin.page.getByRole('button', { name: `${name} 已停用` })).toHaveCount(0);
  await admin.page.getByRole('button', { name: '房抵贷' }).click();
  await admin.page.getByRole('button', { name: '修改产品' }).click();
  await renaming.getByRole('button', { name: '删除' }).click();
  await renaming.getByRole('button', { name: '确定删除' }).click();
  await expect(renaming.getByRole('alert')).toContainText('不能删除');
});

test('an open customer and an open review follow the checklist as an administrator changes it', async ({
  browser,
}) => {
  const admin = await open(browser, 'admin');
  const staff = await open(browser, 'staff1');
  const auditor = await open(browser, 'auditor1');
  const product = `live_${Date.now()}`;
  const item = (type: string) => ({ type, required: true, minPages: null, maxAgeDays: null });
  const made = await admin.context.request.post('/api/checklists', {
    data: { product, name: { zh: '旧名字', en: 'Old' }, items: [item('income_proof')] },
  });
  const { version } = (await made.json()) as { version: number };
  const collecting = await staff.create({ name: '跟着清单的客户', phone: '13800000000', product });
  const reviewed = await staff.create({ name: '跟着清单的审核', phone: '13800000000', product });
  await staff.submitWith(reviewed.id, {
    income_proof: jpegFile('收入.jpg', sampleJpeg({ width: 320, height: 200, comment: product })),
  });
  // The checklist changes after both pages have their answer and before their sockets hear anything.
  let connect = () => {};
  const changedMeanwhile = new Promise<void>((resolve) => {
    connect = resolve;
  });
  for (const { page } of [staff, auditor])
    await page.routeWebSocket(/socket\.io/, async (socket) => {
      await changedMeanwhile;
      socket.connectToServer();
    });
  await staff.page.goto(`/customers/${collecting.id}`);
  await auditor.page.goto(`/review/${reviewed.id}`);
  const pieces = (desk: Desk, count: string) =>
    desk.page.getByRole('main').getByRole('img', { name: new RegExp(`^必需资料 ${count}：`) });
  await expect(pieces(staff, '0/1')).toBeVisible();
  await expect(auditor.page.getByText('房产证明')).toHaveCount(0);

  const changed = await admin.context.request.patch(`/api/checklists/${product}`, {
    data: {
      version,
      name: { zh: '新名字', en: 'New' },
      items: [item('income_proof'), { ...item('property_proof'), minPages: 3 }],
    },
  });
  expect(changed.status()).toBe(200);
  connect();
  await staff.settle();
  await expect(pieces(staff, '0/2')).toBeVisible();
  await expect(staff.fact('申请')).toContainText('新名字');
  await expect(auditor.page.getByText('房产证明').first()).toBeVisible();
  await expect(auditor.page.getByText('新名字')).toBeVisible();
  expect(await staff.isUnreloaded()).toBe(true);
});

test('a person makes a token that works for a program until it is revoked', async ({ browser, request }) => {
  const desk = await open(browser, 'staff2');
  const { page } = desk;
  const purpose = `夜间导入${Date.now() % 10_000}`;
  await desk.go('/account');
  await page.getByRole('button', { name: '新建令牌' }).click();
  const making = page.getByRole('dialog', { name: '新建令牌' });
  await making.getByLabel('用途').fill(purpose);
  await making.getByRole('button', { name: '创建' }).click();
  const token = (await making.getByRole('code').textContent()) ?? '';
  const me = () => request.get('/api/auth/me', { headers: { authorization: `Bearer ${token}` } });
  expect((await me()).status()).toBe(200);
  await making.getByRole('button', { name: '完成' }).click();
  await expect(page.getByText(token)).toHaveCount(0);

  await page.getByRole('button', { name: `撤销令牌「${purpose}」` }).click();
  await page.getByRole('dialog').getByRole('button', { name: '撤销', exact: true }).click();
  await expect(page.getByText(purpose, { exact: true })).toHaveCount(0);
  expect((await me()).status()).toBe(401);
});

test('whoever turns two-step sign-in on comes in with password and code, or with a recovery code once', async ({
  browser,
}) => {
  const admin = await open(browser, 'admin');
  const account = { username: `two-step-${Date.now()}`, password: 'a password of their own' };
  await admin.context.request.post('/api/users', {
    data: { ...account, displayName: '白芷', role: 'staff' },
  });
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  const signIn = async () => {
    await page.goto('/login');
    await page.getByLabel('账号').fill(account.username);
    await page.getByLabel('密码', { exact: true }).fill(account.password);
    await page.getByRole('button', { name: /^登录/ }).click();
  };
  await signIn();
  await page.waitForURL(/customers/);
  await page.goto('/account');
  await page.getByRole('button', { name: '设置验证器' }).click();
  await expect(page.getByRole('img', { name: '验证器的二维码' })).toBeVisible();
  const secret = (await page.locator('code').first().innerText()).replaceAll(/\s/g, '');
  const code = new TOTP({ secret }).generate();
  await page.getByLabel('验证码').fill(code);
  await page.getByRole('button', { name: '开启', exact: true }).click();
  await expect(page.getByText('请现在存好这 10 个恢复码')).toBeVisible();
  const [recovery = ''] = (await page.locator('code').first().innerText()).split(/\s+/);
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL(/login/);

  await signIn();
  await page.getByLabel('验证码').fill(code);
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('alert')).toHaveText('验证码不对或已用过，请输入验证器新显示的数字');
  expect(new URL(page.url()).pathname).toBe('/login');
  await page.getByLabel('验证码').fill(recovery);
  await page.getByRole('button', { name: '登录' }).click();
  await page.waitForURL(/customers/);
  await page.goto('/account');
  await expect(page.getByText('恢复码还剩 9 个')).toBeVisible();
  await context.close();
});
