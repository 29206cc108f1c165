import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';

/** The second scenario of the product: three browsers and the customer's phone, none of them ever reloaded. */
test.describe.configure({ mode: 'serial' });

const CUSTOMER = `补件${Date.now() % 100_000}`;
let staff: Desk;
let auditor: Desk;
let queue: Desk;
let phone: Phone;
let customerId: string;

const photo = (name: string) =>
  jpegFile(name, sampleJpeg({ width: 1280, height: 800, comment: `${CUSTOMER} ${name}` }));
const paper = (name: string) => pdfFile(name, samplePdf({ text: `${CUSTOMER.replace(/\D/g, '')} ${name}` }));
const desk = (): Page => auditor.page;
const piece = (type: string) => desk().locator(`[data-piece="${type}"]`);

test.beforeAll(async ({ browser }) => {
  [staff, auditor, queue] = await Promise.all([
    Desk.open(browser, 'staff1'),
    Desk.open(browser, 'auditor1'),
    Desk.open(browser, 'admin'),
  ]);
  customerId = (await staff.create({ name: CUSTOMER, phone: '13912340077', product: 'credit' })).id;
  const answer = await staff.context.request.post(`/api/customers/${customerId}/links`, { data: {} });
  const { url } = (await answer.json()) as { url: string };
  phone = await Phone.open(browser, url);
  await phone.verify('0077');
  await phone.open('身份证正面');
  await phone.choose('从相册选', photo('front.jpg'));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证正面')).toContainText('已收到', { timeout: 20_000 });
  await staff.submitWith(customerId, {
    id_card_back: photo('back.jpg'),
    income_proof: paper('income.pdf'),
    bank_statement: paper('bank.pdf'),
    credit_report: paper('credit.pdf'),
  });
  await staff.go(`/customers/${customerId}`);
  await queue.go('/review');
});
test.afterAll(() => Promise.all([staff?.close(), auditor?.close(), queue?.close(), phone?.close()]));

test('the auditor marks a place and returns the file, asking for one more document', async () => {
  await desk().goto(`/review/${customerId}`);
  await expect(desk().getByText('你在审核')).toBeVisible();
  await expect(desk().locator('.vpage img')).toBeVisible({ timeout: 20_000 });
  await desk().keyboard.press('r');
  await desk().keyboard.press('4');
  await desk().keyboard.press('m');
  const box = (await desk().locator('.vpage').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await desk().mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6);
  await desk().mouse.down();
  await desk().mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.9, { steps: 4 });
  await desk().mouse.up();
  await piece('id_card_front').getByRole('button', { name: '退回此件' }).click();
  await expect(piece('id_card_front').getByRole('button', { name: /^退回 / })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  // Until the decision the customer hears nothing of it.
  await expect(phone.row('身份证正面')).toContainText('已收到');
  for (const type of ['id_card_back', 'income_proof', 'bank_statement', 'credit_report']) {
    await piece(type).locator('.rv-n').click();
    await desk().keyboard.press('a');
    await expect(piece(type).getByRole('button', { name: /^通过 / })).toHaveAttribute('aria-pressed', 'true');
  }
  await desk().keyboard.press('Control+b');
  const dialog = desk().getByRole('dialog', { name: '退回补件' });
  await dialog.getByLabel('房产证明', { exact: true }).check();
  await dialog.getByLabel('为什么需要房产证明').fill('抵押贷款需要房产证明');
  await dialog.getByRole('button', { name: '退回补件 2 件' }).click();
  await expect(desk().getByRole('heading', { name: `${CUSTOMER} 已退回补件` })).toBeVisible();
});

test('staff see it at once; the phone shows reason and place, and the new document with its reason', async () => {
  await expect(staff.page.getByRole('main')).toContainText('已退回');
  await expect(staff.slot('身份证正面')).toContainText('已退回');
  await staff.slot('身份证正面').getByRole('button', { name: /^查看/ }).click();
  const preview = staff.page.getByRole('dialog', { name: /^身份证正面：front/ });
  await expect(preview).toContainText('遮挡 有一部分被遮住了，请移开后重拍');
  await expect(preview).toContainText('沈知远 退回');
  await expect(preview.getByRole('note', { name: '第 1 处标注 遮挡' })).toBeVisible();
  expect((await new AxeBuilder({ page: staff.page }).analyze()).violations).toEqual([]);
  await staff.page.keyboard.press('Escape');
  await expect(phone.page.getByRole('heading', { name: '身份证正面，需要重传' })).toBeVisible();
  await expect(phone.page.getByText('有一部分被遮住了，请移开后重拍')).toBeVisible();
  await expect(phone.page.getByRole('img', { name: '有问题的位置' })).toBeVisible();
  await expect(phone.row('房产证明')).toContainText('抵押贷款需要房产证明');
});

test('the customer photographs again, completeness rises, staff submit once more', async () => {
  await phone.page.getByRole('link', { name: '重拍身份证正面' }).click();
  await phone.choose('从相册选', photo('front-2.jpg'));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证正面')).toContainText('已收到');
  await phone.open('房产证明');
  await phone.choose('选择文件', paper('house.pdf'));
  await expect(phone.page.getByRole('heading', { name: '6 件都齐了' })).toBeVisible({ timeout: 20_000 });
  await staff.page.getByRole('button', { name: '提交审核' }).first().click();
  await expect(staff.page.getByRole('main').locator('header').first().getByText('审核中')).toBeVisible();
  expect(await staff.isUnreloaded()).toBe(true);
  // Whoever returned it is told nothing of what comes for the next review.
  await expect(desk().locator('.desk-strip')).toHaveCount(0);
});

test('the queue says that the customer has supplemented, and the auditor approves what is new', async () => {
  const row = queue.page.getByRole('row').filter({ hasText: CUSTOMER });
  const arrivals = queue.page.getByRole('button', { name: /份新提交/ });
  await expect(row.or(arrivals).first()).toBeVisible();
  if (await arrivals.isVisible()) await arrivals.click();
  await expect(row).toContainText('第 2 次 · 补件 2');
  expect(await queue.isUnreloaded()).toBe(true);
  await desk().goto(`/review/${customerId}`);
  await expect(desk().getByText('你在审核')).toBeVisible();
  // What was accepted stays accepted; only the new ones are open.
  await expect(desk().locator('.dstat').filter({ hasText: '未审' })).toHaveText('未审 2');
  await expect(piece('id_card_front').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await desk().keyboard.press('a');
  await expect(piece('property_proof').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await desk().keyboard.press('a');
  await expect(desk().locator('.dstat').filter({ hasText: '未审' })).toHaveText('未审 0');
  await desk().keyboard.press('Control+Enter');
  await expect(desk().getByRole('heading', { name: `${CUSTOMER} 已通过` })).toBeVisible();
  await expect(staff.page.getByRole('main').locator('header').first().getByText('已通过')).toBeVisible();
});

test('staff lay the retake beside what was returned; both are turned and enlarged together', async () => {
  await staff.slot('身份证正面').getByRole('button', { name: '对比身份证正面的版本' }).click();
  const viewer = staff.page.getByRole('dialog', { name: /^身份证正面：front-2/ });
  await expect(viewer.getByRole('img')).toHaveCount(2);
  await expect(viewer.getByRole('combobox', { name: '旧版本' })).toContainText('第 1 个旧版');
  await expect(viewer.getByText('现在的版本')).toBeVisible();
  await expect(viewer.getByRole('note', { name: '第 1 处标注 遮挡' })).toBeVisible();
  const turned = /matrix\((0|-?\d\.\d+e-17), 1, -1/;
  await staff.page.keyboard.press(']');
  for (const picture of await viewer.getByRole('img').all())
    await expect(picture.locator('..')).toHaveCSS('transform', turned);
  const width = async () =>
    Promise.all(
      (await viewer.getByRole('img').all()).map(async (one) => (await one.boundingBox())?.height ?? 0),
    );
  const before = await width();
  await staff.page.keyboard.press('+');
  await expect
    .poll(async () => (await width()).map((now, at) => now > (before[at] ?? 0)))
    .toEqual([true, true]);
  expect((await new AxeBuilder({ page: staff.page }).analyze()).violations).toEqual([]);
  await staff.page.keyboard.press('c');
  await expect(viewer.getByRole('img')).toHaveCount(1);
  await staff.page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await expect(staff.slot('身份证正面').getByRole('button', { name: '对比身份证正面的版本' })).toBeFocused();
});
