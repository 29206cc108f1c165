import { type Browser, expect, type Page, test } from '@playwright/test';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { findings, LOOKS, type Look } from '../support/accessibility.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { layoutFaults } from '../support/layout.ts';

test.describe.configure({ mode: 'serial' });

const CUSTOMER = `审台${Date.now() % 100_000}`;
let staff: Desk;
let auditor: Desk;
let admin: Desk;
let customerId: string;

const photo = (name: string) =>
  jpegFile(name, sampleJpeg({ width: 1280, height: 800, comment: `${CUSTOMER} ${name}` }));
const paper = (name: string, pages = 1) =>
  pdfFile(name, samplePdf({ pages, text: `${CUSTOMER.replace(/\D/g, '')} ${name}` }));
const piece = (type: string) => page().locator(`[data-piece="${type}"]`);
const page = (): Page => auditor.page;
const accepted = (type: string) => piece(type).getByRole('button', { name: /^通过 / });
const returned = (type: string) => piece(type).getByRole('button', { name: /^退回 / });
const verdicts = async () => {
  const { documents } = await staff.workspace(customerId);
  return Object.fromEntries(documents.map(({ type, verdict }) => [type, verdict]));
};

test.beforeAll(async ({ browser }) => {
  [staff, auditor, admin] = await Promise.all([
    Desk.open(browser, 'staff1'),
    Desk.open(browser, 'auditor1'),
    Desk.open(browser, 'admin'),
  ]);
  customerId = (await staff.create({ name: CUSTOMER, phone: '13912340088', product: 'credit' })).id;
  await staff.submitWith(customerId, {
    id_card_front: photo('front.jpg'),
    id_card_back: photo('back.jpg'),
    income_proof: paper('income.pdf'),
    bank_statement: paper('bank.pdf', 100),
    credit_report: paper('credit.pdf', 2),
  });
});
test.afterAll(() => Promise.all([staff?.close(), auditor?.close(), admin?.close()]));

test('opening a file claims it, and everybody sees whose it is; nothing on the desk moves meanwhile', async () => {
  await admin.go('/review');
  await page().addInitScript(() => {
    const seen = { shift: 0, hints: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
    new MutationObserver(() => {
      if (document.body?.innerText.includes('只看，还没有领取')) seen.hints += 1;
    }).observe(document, { subtree: true, childList: true });
  });
  await page().goto(`/review/${customerId}`);
  await expect(page().getByText('你在审核')).toBeVisible();
  await expect(page().locator('.vpage img')).toBeVisible({ timeout: 40_000 });
  const seen = await page().evaluate(
    () => (window as unknown as { seen: { shift: number; hints: number } }).seen,
  );
  expect(seen.hints).toBe(0);
  expect(seen.shift).toBeLessThan(0.01);
  const row = admin.page.getByRole('row').filter({ hasText: CUSTOMER });
  await expect(row).toContainText('沈知远');
  await expect(row).toContainText('审到第 0 / 5 件');
});

test('A accepts what is shown and goes on to the next piece', async () => {
  await expect(
    piece('id_card_front')
      .getByRole('button', { name: /身份证正面/ })
      .first(),
  ).toBeVisible();
  const goesBack = page().getByRole('button', { name: /^退回补件/ });
  await expect(goesBack).not.toHaveClass(/btn-p/);
  await page().keyboard.press('a');
  await expect(accepted('id_card_front')).toHaveAttribute('aria-pressed', 'true');
  await expect(piece('id_card_back').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await expect(admin.page.getByRole('row').filter({ hasText: CUSTOMER })).toContainText('审到第 1 / 5 件');
});

test('Z takes the last verdict back', async () => {
  await page().keyboard.press('a');
  await expect(accepted('id_card_back')).toHaveAttribute('aria-pressed', 'true');
  await page().keyboard.press('z');
  await expect(accepted('id_card_back')).toHaveAttribute('aria-pressed', 'false');
  await expect(piece('id_card_back').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await expect.poll(verdicts).toMatchObject({ id_card_front: 'accepted', id_card_back: 'pending' });
});

test('J and K move between pieces, digits are letters while typing', async () => {
  await page().keyboard.press('j');
  await expect(piece('income_proof').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await page().keyboard.press('k');
  await expect(piece('id_card_back').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await page().keyboard.press('r');
  await page().keyboard.press('1');
  const words = piece('id_card_back').getByLabel('告诉客户的话');
  await expect(words).toHaveValue('字看不清，请拿稳再拍一次');
  await words.fill('右下角 1 处看不清 a j k');
  await expect(piece('id_card_back').locator('.rv-n')).toHaveAttribute('aria-current', 'true');
  await expect(words).toHaveValue('右下角 1 处看不清 a j k');
});

test('what is written outlives a reload', async () => {
  await page().reload();
  await expect(page().getByText('你在审核')).toBeVisible();
  await piece('id_card_back').locator('.rv-n').click();
  await returned('id_card_back').click();
  await expect(piece('id_card_back').getByLabel('告诉客户的话')).toHaveValue('右下角 1 处看不清 a j k');
});

test('a document that is replaced while it is looked at: the verdict is refused, the change shown, the text kept', async () => {
  const place = async () => (await returned('id_card_back').boundingBox())?.y;
  const before = await place();
  await staff.uploadTo(customerId, 'id_card_back', photo('back-2.jpg'));
  const news = page().locator('[data-news]');
  await expect(news).toContainText('林晓');
  expect(await place()).toBe(before);
  await piece('id_card_back').getByRole('button', { name: '退回此件' }).click();
  await expect(page().getByText('先看一下刚才的变化，再做决定').first()).toBeVisible();
  await expect(piece('id_card_back').getByLabel('告诉客户的话')).toHaveValue('右下角 1 处看不清 a j k');
  expect(Object.values(await verdicts()).filter((verdict) => verdict === 'rejected')).toEqual([]);
  await expect(page().getByRole('button', { name: /^拒绝/ })).toBeDisabled();
  await news.getByRole('button', { name: '去看变化' }).click();
  await expect(news).toBeHidden();
  expect(await place()).toBe(before);
  await expect(piece('id_card_back')).toContainText('新版本');
});

test('a mark on the picture goes with the return', async () => {
  await piece('id_card_back').getByRole('button', { name: '框出位置' }).click();
  const sheet = page().locator('.vpage');
  await expect(sheet.locator('img')).toBeVisible({ timeout: 20_000 });
  const box = (await sheet.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page().mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page().mouse.down();
  await page().mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.8, { steps: 4 });
  await page().mouse.up();
  await expect(piece('id_card_back').getByRole('button', { name: '已框出第 1 页' })).toBeVisible();
  await piece('id_card_back').getByLabel('内部备注').fill('电话核实过');
  await piece('id_card_back').getByRole('button', { name: '退回此件' }).click();
  await expect(returned('id_card_back')).toHaveAttribute('aria-pressed', 'true');
  const { documents } = await staff.workspace(customerId);
  const region = documents.find((one) => one.type === 'id_card_back' && one.region)?.region;
  expect(region?.x).toBeCloseTo(0.5, 1);
  expect(region?.width).toBeCloseTo(0.3, 1);
});

test('what is noted among auditors is read by the next one and kept when the return is said again', async () => {
  await admin.page.goto(`/review/${customerId}?look=1`);
  await expect(admin.page.locator('[data-piece="id_card_back"]')).toContainText('内部备注：电话核实过');
  await returned('id_card_back').click();
  const note = piece('id_card_back').getByLabel('内部备注');
  await expect(note).toHaveValue('电话核实过');
  await piece('id_card_back').getByRole('button', { name: '退回此件' }).click();
  await expect(note).toHaveCount(0);
  await expect(piece('id_card_back')).toContainText('内部备注：电话核实过');
  await admin.go('/review');
});

test('a PDF of a hundred pages is read where it is opened, its words can be selected', async () => {
  await piece('bank_statement').locator('.rv-n').click();
  const number = page().getByRole('textbox', { name: '第几页' });
  await expect(number).toHaveValue('1');
  await expect(page().getByRole('toolbar', { name: '查看工具' })).toContainText('/ 100');
  await page().keyboard.press('End');
  await expect(number).toHaveValue('100');
  await number.fill('57');
  await number.press('Enter');
  await expect(page().getByRole('button', { name: '银行流水第 57 页' })).toHaveAttribute(
    'aria-current',
    'true',
  );
  await page().keyboard.press('Home');
  await expect(number).toHaveValue('1');
  await page().keyboard.press('ArrowRight');
  await page().keyboard.press('ArrowRight');
  await expect(number).toHaveValue('3');
  await expect(page().locator('.vpage img')).toBeVisible({ timeout: 40_000 });
  await expect(page().locator('.vwords')).toContainText('bank.pdf');
  const film = page().getByRole('navigation', { name: '页面缩略图' });
  await expect(film.getByRole('button', { name: '银行流水第 3 页' }).locator('img')).toBeVisible();
});

test('the view is zoomed, turned and fitted by keys, and nothing of it is stored', async () => {
  const zoom = page().locator('.tools-z');
  await page().keyboard.press('+');
  await expect(zoom).toHaveText('125%');
  await page().keyboard.press('-');
  await expect(zoom).toHaveText('100%');
  await page().keyboard.press(']');
  await expect(page().locator('.vpage')).toHaveAttribute('style', /rotate\(90deg\)/);
  await page().keyboard.press('[');
  await expect(page().locator('.vpage')).toHaveAttribute('style', /rotate\(0deg\)/);
  await page().keyboard.press('?');
  const help = page().getByRole('dialog', { name: '键盘快捷键' });
  // What works here stands first.
  await expect(help.getByRole('heading', { level: 3 }).first()).toHaveText('审核台');
  for (const words of [
    '通过此件',
    '退回此件',
    '退回原因',
    '撤销刚才的结论',
    '对比版本',
    '放大 / 缩小',
    '下一件 / 上一件',
  ])
    await expect(help.getByText(words, { exact: true }).first()).toBeVisible();
  await page().keyboard.press('Escape');
});

test('the wheel zooms to the pointer, a drag moves the page, and a double click comes closer', async () => {
  const sheet = page().locator('.vpage');
  const zoom = page().locator('.tools-z');
  await page().keyboard.press('0');
  const before = (await sheet.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const at = { x: before.x + before.width * 0.25, y: before.y + before.height * 0.25 };
  await page().mouse.move(at.x, at.y);
  await page().keyboard.down('Control');
  await page().mouse.wheel(0, -200);
  await page().keyboard.up('Control');
  await expect(zoom).not.toHaveText('100%');
  const closer = (await sheet.boundingBox()) ?? before;
  // What lay under the pointer lies there still.
  expect((at.x - closer.x) / closer.width).toBeCloseTo(0.25, 2);
  expect((at.y - closer.y) / closer.height).toBeCloseTo(0.25, 2);
  await page().mouse.move(before.x + before.width * 0.5, before.y + before.height * 0.05);
  await page().mouse.down();
  await page().mouse.move(before.x + before.width * 0.5 + 60, before.y + before.height * 0.05 + 40, {
    steps: 4,
  });
  await page().mouse.up();
  const moved = (await sheet.boundingBox()) ?? closer;
  expect(moved.x - closer.x).toBeCloseTo(60, 0);
  expect(moved.y - closer.y).toBeCloseTo(40, 0);
  await page().keyboard.press('0');
  await expect(zoom).toHaveText('100%');
});

test('everything that was returned goes back in one decision, and the next file is one key away', async () => {
  await expect(page().getByRole('button', { name: /^通过 ?Ctrl/ })).toBeDisabled();
  await page().keyboard.press('Control+Enter');
  await expect(page().locator('.toast').filter({ hasText: '还不能通过' })).toContainText(
    '身份证反面已退回、收入证明未审',
  );
  await expect(page().getByRole('button', { name: /^退回补件/ })).toHaveClass(/btn-p/);
  await page().getByRole('button', { name: '拒绝', exact: true }).click();
  const refusal = page().getByRole('dialog', { name: `拒绝 ${CUSTOMER}` });
  await refusal.getByRole('button', { name: '征信不符合要求' }).click();
  await expect(refusal.getByRole('textbox', { name: '原因' })).toHaveValue('征信不符合要求');
  await page().keyboard.press('Escape');
  await expect(refusal).toBeHidden();
  await page().keyboard.press('Control+b');
  const dialog = page().getByRole('dialog', { name: '退回补件' });
  await expect(dialog).toContainText('右下角 1 处看不清 a j k');
  await dialog.getByLabel('房产证明', { exact: true }).check();
  await dialog.getByLabel('为什么需要房产证明').fill('请补房产证明');
  await dialog.getByRole('button', { name: '退回补件 2 件' }).click();
  await expect(page().getByRole('heading', { name: `${CUSTOMER} 已退回补件` })).toBeVisible();
  await expect(page().getByRole('button', { name: /^下一份/ })).toBeFocused();
  const { customer } = await staff.workspace(customerId);
  expect(customer).toMatchObject({
    status: 'pending',
    requestedTypes: [{ type: 'property_proof', reason: '请补房产证明' }],
  });
  await expect(admin.page.getByRole('row').filter({ hasText: CUSTOMER })).toHaveCount(0, { timeout: 15_000 });
});

test('after the supplement only what is open is left, with what it was returned for; two versions are compared, zoomed together', async () => {
  await staff.submitWith(customerId, {
    id_card_back: photo('back-3.jpg'),
    property_proof: paper('house.pdf'),
  });
  const row = admin.page.getByRole('row').filter({ hasText: CUSTOMER });
  await expect(row).toContainText('第 2 次 · 补件 2');
  await page().goto(`/review/${customerId}`);
  await expect(page().getByText('你在审核')).toBeVisible();
  // Pieces of this submission; the returned versions are none.
  await expect(row).toContainText('审到第 1 / 6 件');
  await piece('id_card_back').locator('.rv-n').click();
  await expect(piece('id_card_back')).toContainText('上次退回');
  await expect(piece('id_card_back')).toContainText('右下角 1 处看不清 a j k');
  await page().keyboard.press('c');
  const sheets = page().locator('.vpage');
  await expect(sheets).toHaveCount(2);
  await expect(page().getByLabel('旧版本', { exact: true })).toBeVisible();
  await page().keyboard.press('+');
  const widths = async () =>
    Promise.all([0, 1].map(async (nth) => Math.round((await sheets.nth(nth).boundingBox())?.width ?? 0)));
  await expect.poll(async () => new Set(await widths()).size).toBe(1);
  await page().keyboard.press('c');
  await expect(sheets).toHaveCount(1);
});

for (const look of LOOKS) {
  test(`nothing stands in the way in any state of the desk (${look.colorScheme}, ${look.locale})`, async ({
    browser,
    baseURL,
  }) => {
    await everyState(browser, baseURL as string, look);
  });
}

test('with one key each what is open is accepted and the file approved', async () => {
  for (const type of ['id_card_back', 'income_proof', 'bank_statement', 'property_proof', 'credit_report']) {
    await piece(type).locator('.rv-n').click();
    await page().keyboard.press('a');
    // The back has two pages; each is accepted once it has been seen.
    if (type === 'id_card_back') await page().keyboard.press('a');
    await expect(accepted(type)).toHaveAttribute('aria-pressed', 'true');
  }
  await page().keyboard.press('Control+Enter');
  await expect(page().getByRole('heading', { name: `${CUSTOMER} 已通过` })).toBeVisible();
  await page().keyboard.press('z');
  await expect(page().locator('.toast').filter({ hasText: '不能撤销' })).toContainText('重新打开');
  const { customer, documents } = await staff.workspace(customerId);
  expect(customer.status).toBe('approved');
  expect(documents.filter(({ verdict }) => verdict === 'pending')).toEqual([]);
});

test('twenty quick A on a slow line accept twenty files, each after it was on the screen', async ({
  browser,
}) => {
  const { id } = await staff.create({ name: `${CUSTOMER}丁`, phone: '13912340091', product: 'credit' });
  for (let nth = 2; nth <= 16; nth += 1) await staff.uploadTo(id, 'bank_statement', photo(`流水-${nth}.jpg`));
  await staff.submitWith(id, {
    id_card_front: photo('f4.jpg'),
    id_card_back: photo('b4.jpg'),
    income_proof: photo('i4.jpg'),
    bank_statement: photo('流水-1.jpg'),
    credit_report: photo('c4.jpg'),
  });
  await expect
    .poll(async () => (await staff.workspace(id)).documents.every(({ state }) => state === 'ready'), {
      timeout: 60_000,
    })
    .toBe(true);
  const quick = await Desk.open(browser, 'auditor2');
  await quick.page.addInitScript(() => {
    const painted: string[] = [];
    const verdicts: { url: string; painted: string[] }[] = [];
    Object.assign(window, { verdicts });
    document.addEventListener(
      'load',
      ({ target }) => {
        if (target instanceof HTMLImageElement && target.closest('.vpage')) painted.push(target.alt);
      },
      true,
    );
    const { fetch } = window;
    window.fetch = (input, init) => {
      const url = String(input);
      if (init?.method === 'POST' && url.endsWith('/review')) verdicts.push({ url, painted: [...painted] });
      return fetch(input, init);
    };
  });
  await quick.page.route(/\/api\/documents\/.+\/(review|preview)/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await route.continue();
  });
  await quick.page.goto(`/review/${id}`);
  await expect(quick.page.getByText('你在审核')).toBeVisible();
  for (let nth = 0; nth < 20; nth += 1) await quick.page.keyboard.press('a');
  await expect(quick.page.locator('.dstat.d-accepted')).toHaveText(/20/, { timeout: 60_000 });
  const verdicts = await quick.page.evaluate(
    () => (window as unknown as { verdicts: { url: string; painted: string[] }[] }).verdicts,
  );
  const { documents } = await staff.workspace(id);
  expect(documents.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(20);
  expect(verdicts).toHaveLength(20);
  for (const { url, painted } of verdicts) {
    const { filename } = documents.find((document) => url.includes(document.id)) ?? { filename: '?' };
    expect(painted.join('\n')).toContain(filename);
  }
  await quick.close();
});

test('a claim is put back, and whoever only looks has the file as soon as they judge', async () => {
  const { id } = await staff.create({ name: `${CUSTOMER}丙`, phone: '13912340090', product: 'credit' });
  await staff.submitWith(id, {
    id_card_front: photo('f3.jpg'),
    id_card_back: photo('b3.jpg'),
    income_proof: paper('i3.pdf'),
    bank_statement: paper('k3.pdf', 2),
    credit_report: paper('c3.pdf'),
  });
  await page().goto(`/review/${id}`);
  await page().getByRole('button', { name: '放回队列' }).click();
  await expect(page().getByText('只看，还没有领取')).toBeVisible();
  expect((await staff.workspace(id)).customer.claimedBy).toBeNull();
  await page().keyboard.press('a');
  await expect(accepted('id_card_front')).toHaveAttribute('aria-pressed', 'true');
  await expect(page().getByText('你在审核')).toBeVisible();
  expect((await staff.workspace(id)).customer.claimedBy).toMatchObject({ displayName: auditor.name });
  await admin.go('/review');
  const row = admin.page.getByRole('row').filter({ hasText: `${CUSTOMER}丙` });
  await expect(row).toContainText(auditor.name);
  await page().goto('/review');
  await page()
    .getByRole('row')
    .filter({ hasText: `${CUSTOMER}丙` })
    .click();
  await page().getByRole('complementary', { name: '预览' }).getByRole('button', { name: '放回队列' }).click();
  await expect(row.getByRole('button', { name: /^领取/ })).toBeVisible();
});

test('a file that somebody else has is only looked at; it is asked for and handed over', async () => {
  const { id } = await staff.create({ name: `${CUSTOMER}乙`, phone: '13912340089', product: 'credit' });
  await staff.submitWith(id, {
    id_card_front: photo('f2.jpg'),
    id_card_back: photo('b2.jpg'),
    income_proof: paper('i2.pdf'),
    bank_statement: paper('k2.pdf', 2),
    credit_report: paper('c2.pdf'),
  });
  await page().goto(`/review/${id}`);
  await expect(page().getByText('你在审核')).toBeVisible();
  await admin.page.goto(`/review/${id}`);
  await expect(admin.page.getByText('沈知远 正在审核，你在旁观')).toBeVisible();
  await expect(admin.page.locator('[data-piece="id_card_front"] .yn button').first()).toBeDisabled();
  await expect(page().locator('.desk-t')).toContainText('周牧');
  await admin.page.getByRole('button', { name: '请求接手' }).click();
  await page().getByRole('button', { name: '交给 TA' }).click();
  await expect(admin.page.getByText('你在审核')).toBeVisible();
  await expect(page().getByText('周牧 正在审核，你在旁观')).toBeVisible();
});

/** What stands in the way of people at the desk of the supplemented file: with reasons open, marked, compared, lit, and each dialog. */
async function everyState(browser: Browser, baseURL: string, options: Look): Promise<void> {
  const desk = await Desk.open(browser, 'auditor1', { ...options, reducedMotion: 'reduce' });
  await desk.context.addCookies([{ name: 'locale', value: options.locale, url: baseURL }]);
  await desk.page.goto(`/review/${customerId}`);
  const sheet = desk.page.locator('.vpage');
  await expect(desk.page.locator('[data-piece="id_card_back"] .yn button').first()).toBeEnabled();
  await expect(sheet.locator('img').first()).toBeVisible();
  const found: string[] = [];
  /** The whole page once; then what the state has brought. */
  const look = async (state: string, part?: string) => {
    for (const finding of await findings(desk.page, part)) found.push(`${state}: ${finding}`);
  };
  const { keyboard, mouse } = desk.page;
  const dialog = desk.page.getByRole('dialog');
  await look('claimed');
  await keyboard.press('r');
  await keyboard.press('4');
  await keyboard.press('m');
  const box = (await sheet.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
  await mouse.down();
  await mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.7, { steps: 3 });
  await mouse.up();
  await expect(desk.page.locator('[data-mark]').first()).toBeVisible();
  await look('reasons and mark', '.rvp');
  for (const fault of await layoutFaults(desk.page)) found.push(`reasons and mark: ${fault}`);
  await keyboard.press('Escape');
  await desk.page.locator('[data-piece="id_card_back"] .rv-n').click();
  await keyboard.press('c');
  await expect(sheet).toHaveCount(2);
  await look('compared', '.view');
  await keyboard.press('c');
  await desk.page.getByRole('button', { name: /亮度|rightness/ }).click();
  await look('light', '.vlight');
  await desk.page.getByRole('button', { name: /^(拒绝|Reject)$/ }).click();
  await expect(dialog).toBeVisible();
  await look('rejecting', 'dialog');
  await keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await keyboard.press('Control+b');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('checkbox').last().check();
  await look('returning', 'dialog');
  await keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await keyboard.press('?');
  await expect(dialog).toBeVisible();
  await look('keys', 'dialog');
  await keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await desk.page
    .locator('.desk-t')
    .getByRole('button', { name: /评论|omments/ })
    .click();
  await look('comments', '.talk');
  expect(found).toEqual([]);
  await desk.close();
}
