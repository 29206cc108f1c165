import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { sampleJpeg, samplePdf, samplePng } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';

test.describe.configure({ mode: 'serial' });

const CUSTOMER = `柜台${Date.now() % 100_000}`;
const REQUIRED = ['身份证正面', '身份证反面', '收入证明', '银行流水', '征信报告'];
let staff: Desk;
let auditor: Desk;
let customerId: string;

const photo = (name: string) =>
  jpegFile(name, sampleJpeg({ width: 640, height: 400, comment: `${CUSTOMER} ${name}` }));
const chip = (desk: Desk, state: string) =>
  desk.page.getByRole('main').locator('header').getByText(state, { exact: true });
const toasts = (desk: Desk) => desk.page.getByRole('status');

test.beforeAll(async ({ browser }) => {
  staff = await Desk.open(browser, 'staff1');
  auditor = await Desk.open(browser, 'auditor1');
});
test.afterAll(async () => {
  await Promise.all([staff, auditor].map((desk) => desk?.close()));
});

test('a customer is created in the dialog, which says what is wrong before it sends', async () => {
  await staff.go('/customers');
  await staff.page.keyboard.press('n');
  const dialog = staff.page.getByRole('dialog', { name: '新建客户' });
  await dialog.getByLabel('姓名').fill(CUSTOMER);
  await dialog.getByLabel('手机').fill('123');
  await dialog.getByRole('button', { name: '创建', exact: true }).click();
  await expect(dialog.getByText('手机号应为 11 位数字，现在是 3 位')).toBeVisible();
  await dialog.getByLabel('手机').fill('13912345678');
  await dialog.getByRole('button', { name: '创建', exact: true }).click();
  await expect(staff.page.getByRole('heading', { level: 1, name: CUSTOMER })).toBeVisible();
  customerId = staff.page.url().split('/').at(-1) as string;
  await staff.settle();
  await expect(chip(staff, '资料收集中')).toBeVisible();
  await expect(
    staff.page.getByRole('main').locator('header').getByRole('button', { name: '提交审核' }),
  ).toBeDisabled();
});

test('a file dropped on a place goes there', async () => {
  await staff.drop(staff.slot('身份证正面'), [photo('IMG_1.jpg')]);
  await expect(
    staff.slot('身份证正面').getByRole('button', { name: '查看身份证正面：IMG_1.jpg' }),
  ).toBeVisible();
});

test('a folder with names in another encoding says so, and brings the others once', async () => {
  const folder = mkdtempSync(join(tmpdir(), '资料-'));
  const gbk = (bytes: number[]) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)]);
  // 流水.jpg and 合同 as Chinese Windows programs write them.
  writeFileSync(gbk([0xc1, 0xf7, 0xcb, 0xae, 0x2e, 0x6a, 0x70, 0x67]), sampleJpeg());
  mkdirSync(gbk([0xba, 0xcf, 0xcd, 0xac]));
  writeFileSync(join(folder, '说明.txt'), 'hello');
  await staff.dropFromDisk(staff.page.getByRole('region', { name: '资料清单' }), folder);
  const refused = staff.page.getByRole('dialog', { name: '有文件没有收下' });
  await expect(refused.getByRole('listitem')).toHaveCount(2);
  await expect(refused.getByRole('listitem').filter({ hasText: '说明.txt' })).toContainText('只支持 JPG');
  await expect(refused.getByRole('listitem').filter({ hasText: '资料-' })).toContainText(
    '2 个文件或文件夹，名字浏览器读不出来',
  );
  await refused.getByRole('button', { name: '知道了' }).click();
  rmSync(folder, { recursive: true });
});

test('files dropped anywhere are sorted by their names', async () => {
  await staff.drop(staff.page.getByRole('region', { name: '资料清单' }), [
    photo('身份证反面.jpg'),
    pdfFile('工资收入证明.pdf', samplePdf({ text: `${CUSTOMER} income` })),
    pdfFile('10月流水.pdf', samplePdf({ pages: 3, text: `${CUSTOMER} statement` })),
    { name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
  ]);
  const dialog = staff.page.getByRole('dialog', { name: '3 个文件放到哪里' });
  await expect(dialog.getByRole('status').filter({ hasText: '说明.txt' })).toContainText(
    /1 个文件不能传.*说明\.txt.*只支持 JPG/s,
  );
  await expect(dialog.getByLabel('身份证反面.jpg 的类型')).toHaveValue('id_card_back');
  await expect(dialog.getByLabel('工资收入证明.pdf 的类型')).toHaveValue('income_proof');
  await expect(dialog.getByLabel('10月流水.pdf 的类型')).toHaveValue('bank_statement');
  await dialog.getByRole('button', { name: '上传 3 个文件' }).click();
  for (const type of ['身份证反面', '收入证明', '银行流水'])
    await expect(staff.slot(type).getByRole('button', { name: /^查看/ })).toBeVisible();
});

test('a pasted picture is asked about, and with the last one the file is complete by itself', async () => {
  await staff.paste({
    name: 'image.png',
    mimeType: 'image/png',
    buffer: Buffer.from(samplePng({ width: 320, height: 200, text: CUSTOMER })),
  });
  const dialog = staff.page.getByRole('dialog', { name: '1 个文件放到哪里' });
  await expect(dialog.getByLabel('image.png 的类型')).toHaveValue('credit_report');
  await dialog.getByRole('button', { name: '上传 1 个文件' }).click();
  await expect(chip(staff, '资料已齐全')).toBeVisible();
  await expect(staff.page.getByRole('heading', { name: '5 件都齐了' })).toBeVisible();
});

test('every document gets its thumbnail', async () => {
  for (const type of REQUIRED) {
    const picture = staff.slot(type).getByRole('button', { name: /^查看/ }).locator('img');
    await picture.scrollIntoViewIfNeeded();
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0))
      .toBe(true);
  }
});

test('documents are looked at with the keyboard alone', async () => {
  const { page } = staff;
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await expect(page.getByRole('dialog', { name: '身份证正面：IMG_1.jpg' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  const viewer = page.getByRole('dialog', { name: '身份证反面：身份证反面.jpg' });
  await expect(viewer).toBeVisible();
  await expect
    .poll(() =>
      viewer
        .getByRole('img', { name: '身份证反面.jpg 第 1 页' })
        .evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0),
    )
    .toBe(true);
  await page.keyboard.press(']');
  await expect(viewer.getByRole('img', { name: '身份证反面.jpg 第 1 页' }).locator('..')).toHaveCSS(
    'transform',
    /matrix\((0|6\.12|-?\d\.\d+e-17), 1, -1/,
  );
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
});

test('a deleted document comes back with undo', async () => {
  await staff.choose('身份证正面', '删除 IMG_1.jpg');
  await expect(staff.slot('身份证正面').getByRole('button', { name: /^查看/ })).toHaveCount(0);
  await expect(chip(staff, '资料收集中')).toBeVisible();
  await toasts(staff).filter({ hasText: '已删除 IMG_1.jpg' }).getByRole('button', { name: '撤销' }).click();
  await expect(staff.slot('身份证正面').getByRole('button', { name: /^查看/ })).toBeVisible();
  await expect(chip(staff, '资料已齐全')).toBeVisible();
});

test('a document deleted from the large view comes back with the undo that is shown there', async () => {
  await staff.slot('身份证正面').getByRole('button', { name: /^查看/ }).click();
  await staff.page.getByRole('dialog').getByRole('button', { name: '删除', exact: true }).click();
  const next = staff.page.getByRole('dialog', { name: '身份证反面：身份证反面.jpg' });
  await next.getByRole('status').getByRole('button', { name: '撤销' }).click();
  await staff.page.keyboard.press('Escape');
  await expect(staff.slot('身份证正面').getByRole('button', { name: /^查看/ })).toBeVisible();
  await expect(chip(staff, '资料已齐全')).toBeVisible();
});

test('the same file a second time is said to be a duplicate', async () => {
  await staff.drop(staff.slot('银行流水'), [
    pdfFile('流水副本.pdf', samplePdf({ pages: 3, text: `${CUSTOMER} statement` })),
  ]);
  await expect(
    toasts(staff).filter({ hasText: '「流水副本.pdf」和已有的「10月流水.pdf」内容相同' }),
  ).toBeVisible();
  await expect(staff.slot('银行流水')).toContainText('与已上传的文件相同');
});

test('a submitted file appears in the open queue of the auditor', async () => {
  await auditor.go('/customers');
  await auditor.page
    .getByRole('navigation', { name: '按状态查看' })
    .getByRole('button', { name: /审核中/ })
    .click();
  await expect(auditor.page).toHaveURL(/status=reviewing/);
  await expect(auditor.page.getByRole('table', { name: '客户' })).toBeVisible();
  // While the command is on its way a colleague changes something else: what was asked for holds.
  const submitted = staff.page.waitForResponse((answer) => answer.url().endsWith('/submit'));
  await staff.page.route(
    '**/submit',
    async (route) => {
      const { customer } = await staff.workspace(customerId);
      await staff.context.request.patch(`/api/customers/${customerId}`, {
        data: { version: customer.version, note: '周五前放款' },
      });
      await route.continue();
    },
    { times: 1 },
  );
  await staff.page.getByRole('main').locator('header').getByRole('button', { name: '提交审核' }).click();
  expect((await submitted).status()).toBe(200);
  await expect(chip(staff, '审核中')).toBeVisible();
  await auditor.page.getByRole('button', { name: /位客户有更新/ }).click();
  await expect(auditor.page.getByRole('row').filter({ hasText: CUSTOMER })).toContainText('等待审核');
  expect(await auditor.isUnreloaded()).toBe(true);
  await staff.showsTheDatabase(customerId);
});
