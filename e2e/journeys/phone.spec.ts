import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, expect, test } from '@playwright/test';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { cameraArguments, filmCamera } from '../support/fake-camera.ts';
import { namedScripts } from '../support/named-scripts.ts';
import { Phone } from '../support/phone.ts';

test.describe.configure({ mode: 'serial' });

const CUSTOMER = `手机${Date.now() % 100_000}`;
const folder = mkdtempSync(join(tmpdir(), 'qijian-film-'));
let withCamera: Browser;
let staff: Desk;
let auditor: Desk;
let phone: Phone;
let customerId: string;
let link: string;

const photo = (name: string) =>
  jpegFile(name, sampleJpeg({ width: 1280, height: 800, comment: `${CUSTOMER} ${name}` }));
const presence = (desk: Desk) => desk.page.getByRole('main').locator('header').first();
const chip = (desk: Desk, state: string) => presence(desk).getByText(state, { exact: true });
const documentOf = async (type: string): Promise<Document> => {
  const { documents } = await staff.workspace(customerId);
  const found = documents.findLast((document) => document.type === type);
  if (!found) throw new Error(`no ${type}`);
  return found;
};

test.beforeAll(async ({ browser }, { project }) => {
  const film = join(folder, 'card.y4m');
  filmCamera(film, [{ scene: 'sharp', seconds: 4 }]);
  const { executablePath, args = [] } = project.use.launchOptions ?? {};
  withCamera = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [...args, ...cameraArguments(film)],
  });
  staff = await Desk.open(browser, 'staff1');
  auditor = await Desk.open(browser, 'auditor1');
});
test.afterAll(async () => {
  await Promise.all([staff?.close(), auditor?.close(), phone?.close()]);
  await withCamera?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('staff create a customer and invite them by a code', async () => {
  await staff.go('/customers');
  customerId = await staff.createCustomer(CUSTOMER, '13912340021');
  await staff.settle();
  await presence(staff).getByRole('button', { name: '邀请客户' }).click();
  const dialog = staff.page.getByRole('dialog', { name: '邀请客户手机' });
  await dialog.getByRole('button', { name: '生成邀请' }).click();
  await expect(dialog.getByRole('img', { name: '邀请二维码' })).toBeVisible();
  link = (await dialog.getByText(/\/p#/).textContent()) ?? '';
  await expect(dialog.getByText('还没有打开过')).toBeVisible();
  await dialog.getByRole('button', { name: '关闭' }).click();
});

test('the customer opens the link, which weighs little and says nothing of anybody before the check', async ({
  baseURL,
  request,
}) => {
  const scripts = namedScripts(await (await request.get(link)).text());
  const bodies = await Promise.all(scripts.map(async (path) => (await request.get(path)).body()));
  const weight = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1024;
  expect(weight).toBeGreaterThan(20);
  expect(weight).toBeLessThanOrEqual(80);
  phone = await Phone.open(withCamera, link, { baseURL: baseURL as string, locale: 'zh-CN' });
  await expect(phone.page.getByRole('main')).not.toContainText(CUSTOMER);
  await expect(phone.page.getByRole('main')).not.toContainText('林晓');
  await expect(phone.page).toHaveURL(/\/p$/);
  await phone.verify('9999');
  await expect(phone.page.getByRole('status').filter({ hasText: '尾号不对，还可以试 4 次' })).toBeVisible();
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
});

test('the desk sees the phone at once and what it is doing', async () => {
  await expect(staff.page.getByText('已连接 1 台')).toBeVisible();
  await phone.open('身份证正面');
  await phone.page.evaluate(() => {
    navigator.vibrate = (pattern) => {
      document.body.dataset.vibrated = String(pattern);
      return true;
    };
  });
  await phone.page.getByRole('button', { name: '打开相机' }).click();
  await expect(presence(staff).getByText('正在拍 身份证正面')).toBeVisible();
});

test('the camera takes the picture by itself once the card is in the frame', async () => {
  await expect(phone.page.getByRole('heading', { name: '看一下这张照片' })).toBeVisible({ timeout: 30_000 });
  // The hand feels it where the eye is on the card.
  await expect(phone.page.locator('body')).toHaveAttribute('data-vibrated', /\d+/);
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证正面')).toContainText('已收到', { timeout: 20_000 });
  await expect(staff.slot('身份证正面').getByRole('button', { name: /^查看/ })).toBeVisible();
});

test('the other side comes from the album, a two-page paper as pages in order', async () => {
  await phone.open('身份证反面');
  await phone.choose('从相册选', photo('IMG_2.jpg'));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await phone.open('收入证明');
  await phone.choose('从相册选', [photo('IMG_3.jpg'), photo('IMG_4.jpg')]);
  await phone.page.getByRole('button', { name: '第 2 页往前移' }).click();
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  await expect(phone.row('收入证明')).toContainText('已收到');
  const { documents } = await staff.workspace(customerId);
  const pages = documents
    .filter(({ type }) => type === 'income_proof')
    .sort((a, b) => (a.group?.index ?? 0) - (b.group?.index ?? 0));
  expect(pages.map(({ filename }) => filename)).toEqual(['IMG_4.jpg', 'IMG_3.jpg']);
  expect(new Set(pages.map(({ group }) => group?.id)).size).toBe(1);
});

test('staff add the statement at the desk, and completeness rises on the phone', async () => {
  await staff.drop(staff.slot('银行流水'), [
    pdfFile('流水.pdf', samplePdf({ pages: 3, text: `${CUSTOMER} statement` })),
  ]);
  await expect(phone.page.getByRole('heading', { name: '还差 1 件' })).toBeVisible();
  await expect(phone.row('银行流水')).toContainText('已收到');
});

test('what was sent can be taken back and sent again', async () => {
  await phone.open('身份证反面');
  await phone.page.getByRole('button', { name: '撤回' }).click();
  await expect(staff.slot('身份证反面').getByRole('button', { name: /^查看/ })).toHaveCount(0);
  await phone.choose('从相册选', photo('IMG_5.jpg'));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(staff.slot('身份证反面').getByRole('button', { name: /^查看/ })).toBeVisible();
});

test('a document that the customer does not have is said with a ready reason, which staff read', async () => {
  const { page } = phone;
  await page.getByText(/^选填资料/).click();
  await phone.open('结婚证');
  await page.getByRole('button', { name: '没有这项' }).click();
  const dialog = page.getByRole('dialog', { name: '没有结婚证？' });
  await expect(dialog.getByRole('button', { name: '确认没有' })).toBeDisabled();
  await dialog.getByRole('button', { name: '正在办理，还没拿到' }).click();
  await expect(dialog.getByRole('textbox')).toHaveValue('正在办理，还没拿到');
  await dialog.getByRole('button', { name: '确认没有' }).click();
  await expect(page.getByRole('button', { name: '其实有，我要上传' })).toBeVisible();
  const answer = await staff.context.request.get(`/api/streams/customer:${customerId}/events`);
  expect(await answer.text()).toContain('正在办理，还没拿到');
  await page.getByRole('link', { name: '返回' }).click();
  await page.getByText(/^选填资料/).click();
  await expect(phone.row('结婚证')).toContainText('你说没有这项');
});

test('with the last piece the file is complete, submitted, and in the open queue of the auditor', async () => {
  await auditor.go('/customers?status=reviewing');
  await phone.open('征信报告');
  await phone.choose('选择文件', pdfFile('征信.pdf', samplePdf({ pages: 2, text: `${CUSTOMER} credit` })));
  await expect(phone.page.getByRole('heading', { name: '5 件都齐了' })).toBeVisible();
  await expect(chip(staff, '资料已齐全')).toBeVisible();
  await presence(staff).getByRole('button', { name: '提交审核' }).click();
  await expect(chip(staff, '审核中')).toBeVisible();
  await auditor.page.getByRole('button', { name: /位客户有更新/ }).click();
  await expect(auditor.page.getByRole('row').filter({ hasText: CUSTOMER })).toContainText('等待审核');
});

test('the receipt says what arrived and what happens next', async () => {
  await phone.page.getByRole('link', { name: '查看回执' }).click();
  await expect(phone.page.getByText('资料已交给审核员')).toBeVisible();
  const lines = phone.page.getByRole('listitem');
  await expect(lines.filter({ hasText: '送达' })).toHaveCount(4);
  // What staff brought is received; when, and under which name, is not this link's.
  await expect(lines.filter({ hasText: '银行流水' })).toContainText('已收到');
  // As inside WeChat, which closes the page when it is asked.
  await phone.page.evaluate(() => {
    Object.assign(window, {
      WeixinJSBridge: { call: (name: string) => Object.assign(document.body.dataset, { called: name }) },
    });
  });
  await phone.page.getByRole('button', { name: '完成' }).click();
  await expect(phone.page.locator('body')).toHaveAttribute('data-called', 'closeWindow');
  await phone.page.goBack();
});

test('a returned piece appears with its reason and the marked part on the own picture, and no name of staff', async () => {
  const back = await documentOf('id_card_back');
  const verdict = await auditor.context.request.post(`/api/documents/${back.id}/review`, {
    data: {
      version: back.version,
      verdict: 'rejected',
      reasonCode: 'covered',
      message: '右下角被手指遮住，请移开后重拍',
      privateNote: '第二次了',
      region: { page: 1, x: 0.6, y: 0.6, width: 0.3, height: 0.3 },
    },
  });
  expect(verdict.status()).toBe(200);
  // A verdict is followed by the completeness it leads to, which is a new version.
  await expect(async () => {
    const { customer } = await staff.workspace(customerId);
    const returned = await auditor.context.request.post(`/api/customers/${customerId}/decision`, {
      data: {
        version: customer.version,
        decision: 'return',
        reason: '请补房产证明',
        requestedTypes: ['id_card_back', 'property_proof'],
      },
    });
    expect(returned.status()).toBe(200);
  }).toPass();
  const { page } = phone;
  await expect(page.getByRole('heading', { name: '身份证反面，需要重传' })).toBeVisible();
  await expect(page.getByText('审核员：右下角被手指遮住，请移开后重拍')).toBeVisible();
  await expect(page.getByRole('img', { name: '你上次拍的照片' })).toBeVisible();
  await expect(page.getByRole('img', { name: '有问题的位置' })).toBeVisible();
  // Asked for both pieces, it is said once.
  await expect(page.getByText('审核员：请补房产证明')).toHaveCount(1);
  await expect(phone.row('房产证明')).toContainText('还没上传');
  for (const word of ['沈知远', '林晓', '第二次了'])
    await expect(page.getByRole('main')).not.toContainText(word);
});

test('the retake and the new piece make the file whole again, and it is submitted once more', async () => {
  await phone.page.getByRole('link', { name: '重拍身份证反面' }).click();
  await phone.choose('从相册选', photo('IMG_6.jpg'));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.page.getByRole('heading', { name: '身份证反面，需要重传' })).toBeHidden();
  await expect(phone.row('身份证反面')).toContainText('已收到');
  await phone.open('房产证明');
  await phone.choose('选择文件', pdfFile('房产.pdf', samplePdf({ pages: 1, text: `${CUSTOMER} house` })));
  await expect(phone.page.getByRole('heading', { name: '6 件都齐了' })).toBeVisible();
  await expect(chip(staff, '资料已齐全')).toBeVisible();
  await presence(staff).getByRole('button', { name: '提交审核' }).click();
  await expect(chip(staff, '审核中')).toBeVisible();
  await staff.showsTheDatabase(customerId);
  expect(await staff.isUnreloaded()).toBe(true);
});

test('when the customer leaves, the phone is gone from the desk within ten seconds', async () => {
  await expect(staff.page.getByText('已连接 1 台')).toBeVisible();
  await phone.close();
  await expect(staff.page.getByText('已连接 1 台')).toBeHidden({ timeout: 10_000 });
});
