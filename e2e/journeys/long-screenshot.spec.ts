import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { longScreenshot } from '../fixtures/long-pictures.ts';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { findings } from '../support/accessibility.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';

test.describe.configure({ mode: 'serial' });

let staff: Desk;
let auditor: Desk;
let phone: Phone;
let customerId: string;

test.beforeAll(async ({ browser }) => {
  staff = await Desk.open(browser, 'staff1');
  auditor = await Desk.open(browser, 'auditor1');
  const { id } = await staff.create({ name: '长图', phone: '13900000031', product: 'credit' });
  const made = await staff.context.request.post(`/api/customers/${id}/links`, { data: {} });
  const { url } = (await made.json()) as { url: string };
  customerId = id;
  phone = await Phone.open(browser, url);
  await phone.verify('0031');
});
test.afterAll(async () => {
  await Promise.all([staff?.close(), auditor?.close(), phone?.close()]);
});

test('a customer sends a screenshot of 1080 × 20000, and it arrives as wide as it was', async () => {
  const content = Buffer.from(await longScreenshot());
  await phone.open('银行流水');
  await phone.choose('从相册选', { name: '流水长截图.png', mimeType: 'image/png', buffer: content });
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click({ timeout: 30_000 });
  await expect(phone.page.getByLabel('发送原图，不压缩')).not.toBeChecked();
  await phone.page.getByRole('button', { name: '上传这 1 页' }).click();
  await expect(phone.row('银行流水')).toContainText('已收到', { timeout: 30_000 });
  const { documents } = await staff.workspace(customerId);
  const answer = await staff.context.request.get(`/api/documents/${documents[0]?.id}/file`);
  const { width, height } = await sharp(await answer.body()).metadata();
  expect([width, height]).toEqual([1080, 20_000]);
});

test('the auditor accepts it once the part in view is sharp; a part that does not come is asked for again', async () => {
  await staff.submitWith(customerId, {
    id_card_front: jpegFile('front.jpg', sampleJpeg({ comment: 'front' })),
    id_card_back: jpegFile('back.jpg', sampleJpeg({ comment: 'back' })),
    income_proof: pdfFile('income.pdf', samplePdf()),
    credit_report: pdfFile('credit.pdf', samplePdf({ text: 'credit' })),
  });
  const { page } = auditor;
  const verdict = async () => {
    const { documents } = await staff.workspace(customerId);
    return documents.find(({ type }) => type === 'bank_statement')?.verdict;
  };
  const strip = (n: number) => page.locator(`[data-strip="${n}"]`);
  const refused = { type: 'page-unreadable', title: '', status: 422, detail: '', instance: '' };
  await page.route(/strip=1$/, (route) => route.abort());
  await page.route(/strip=2$/, (route) => route.fulfill({ status: 422, json: refused }));

  await page.goto(`/review/${customerId}`);
  await expect(page.getByText('你在审核')).toBeVisible();
  await page.locator('[data-piece="bank_statement"] .rv-n').click();
  await expect(strip(1).getByRole('alert')).toBeInViewport({ timeout: 20_000 });
  // The whole page in small is on the screen by then, and is not enough.
  await page.locator('.vpage > img').evaluate(async () => {
    for (let frame = 0; frame < 4; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
  });
  await page.keyboard.press('a');
  await expect(page.getByText('这一页还没有显示出来，看到以后再通过')).toBeVisible();
  expect(await verdict()).toBe('pending');

  await page.unroute(/strip=1$/);
  await expect(strip(1).locator('img')).toBeVisible({ timeout: 30_000 });
  await expect(strip(2).getByRole('alert')).toHaveCount(1);
  await page.unroute(/strip=2$/);
  for (let step = 0; step < 2; step += 1) await page.keyboard.press('PageDown');
  await strip(2).getByRole('button', { name: '再试一次' }).click();
  await expect(strip(2).locator('img')).toBeVisible();
  await page.keyboard.press('a');
  await expect.poll(verdict).toBe('accepted');
  await page.keyboard.press('z');
  await expect.poll(verdict).toBe('pending');
});

test('the auditor reads it at full width from head to end, strip by strip, and in its own pixels', async () => {
  const { page } = auditor;
  await page.goto(`/review/${customerId}`);
  await expect(page.getByText('你在审核')).toBeVisible();
  await page.locator('[data-piece="bank_statement"] .rv-n').click();
  const sheet = page.locator('.vpage');
  const stage = page.locator('.vstage');
  const map = page.getByRole('scrollbar', { name: '缩略地图，拖动可以快速移动' });
  await expect(map).toHaveAttribute('aria-valuenow', '1');
  await expect(page.locator('[data-strip="1"] img')).toBeVisible({ timeout: 20_000 });
  const width = async (of: typeof sheet) => (await of.boundingBox())?.width ?? 0;
  expect(await width(sheet)).toBeCloseTo(await width(stage), 0);
  await expect(page.locator('[data-strip="10"]')).toHaveCount(0);
  expect(await findings(page)).toEqual([]);

  await page.keyboard.press('PageDown');
  await expect(map).toHaveAttribute('aria-valuenow', '2');
  await page.keyboard.press('End');
  await expect(map).toHaveAttribute('aria-valuenow', (await map.getAttribute('aria-valuemax')) ?? '');
  const last = page.locator('[data-strip="10"] img');
  await expect(last).toBeVisible({ timeout: 20_000 });
  expect(await last.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1080);

  await page.keyboard.press('1');
  await expect(page.getByRole('toolbar', { name: '查看工具' })).toContainText('100%');
  expect(await width(sheet)).toBeCloseTo(1080, 0);
  await page.keyboard.press('w');
  expect(await width(sheet)).toBeCloseTo(await width(stage), 0);
  await page.keyboard.press('Home');
  await expect(map).toHaveAttribute('aria-valuenow', '1');

  const size = page.viewportSize() ?? { width: 1280, height: 720 };
  await page.setViewportSize({ width: 390, height: 844 });
  const screens = await map.getAttribute('aria-valuemax');
  await expect(page.getByRole('toolbar', { name: '查看工具' }).getByText(`1 / ${screens}`)).toBeInViewport();
  await page.setViewportSize(size);
});

test('a place that is marked on it goes with the return, counted from the head of the whole page', async () => {
  const { page } = auditor;
  await page.keyboard.press('r');
  await page.keyboard.press('1');
  await page.getByRole('button', { name: '下一屏' }).click();
  await page.keyboard.press('m');
  const box = (await page.locator('.vstage').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width * 0.25, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 260, { steps: 4 });
  await page.mouse.up();
  const sheet = (await page.locator('.vpage').boundingBox()) ?? box;
  await page.locator('[data-piece="bank_statement"]').getByRole('button', { name: '退回此件' }).click();
  await expect
    .poll(async () => {
      const { documents } = await staff.workspace(customerId);
      return documents.find(({ type }) => type === 'bank_statement')?.region?.y;
    })
    .toBeCloseTo((box.y + 200 - sheet.y) / sheet.height, 3);
});

test('the customer sees the marked place on the own picture, as wide as the card', async () => {
  await expect(async () => {
    const { customer } = await staff.workspace(customerId);
    const returned = await auditor.context.request.post(`/api/customers/${customerId}/decision`, {
      data: { version: customer.version, decision: 'return', reason: '请看标出的位置', requestedTypes: [] },
    });
    expect(returned.status()).toBe(200);
  }).toPass();
  const picture = phone.page.getByRole('img', { name: '你上次拍的照片' });
  const place = phone.page.getByRole('img', { name: '有问题的位置' });
  await expect(picture).toBeVisible();
  const card = phone.page.locator('.own');
  await expect
    .poll(async () => (await picture.boundingBox())?.width)
    .toBeCloseTo((await card.boundingBox())?.width ?? 0, 0);
  const [frame, mark] = [await card.boundingBox(), await place.boundingBox()];
  if (!frame || !mark) throw new Error('nothing is shown');
  expect(mark.y).toBeGreaterThanOrEqual(frame.y);
  expect(mark.y + mark.height).toBeLessThanOrEqual(frame.y + frame.height);
  expect(mark.width).toBeGreaterThan(frame.width * 0.3);
});
