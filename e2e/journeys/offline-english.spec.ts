import { type BrowserContext, expect, test } from '@playwright/test';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { Desk, jpegFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { wordsIn } from '../support/words.ts';

/** What the journeys without a network do in Chinese is understood and done in English too. */
const en = wordsIn('en');
const stamp = Date.now() % 100_000;
let colleague: Desk;
const inEnglish = (context: BrowserContext, url = '') =>
  context.addCookies([{ name: 'locale', value: 'en', url }]);

test.beforeAll(async ({ browser }) => {
  colleague = await Desk.open(browser, 'staff2');
});
test.afterAll(() => colleague?.close());

test('without a network a customer who reads English photographs and chooses; all of it arrives afterwards', async ({
  browser,
  baseURL,
}) => {
  const customer = await colleague.create({ name: 'Alone', phone: '13900000031', product: 'credit' });
  const made = await colleague.context.request.post(`/api/customers/${customer.id}/links`, { data: {} });
  const { url } = (await made.json()) as { url: string };
  const phone = await Phone.open(browser, url, {}, (context) => inEnglish(context, baseURL));
  const { page } = phone;
  await page.getByLabel(en('p_verify_label')).fill('0031');
  await expect(page.getByRole('heading', { name: en('p_need', { count: 5 }) })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await phone.context.setOffline(true);
  await expect(page.getByText(en('p_offline'))).toBeVisible();

  const photo = (name: string) =>
    jpegFile(name, sampleJpeg({ width: 1280, height: 800, comment: `${customer.id} ${name}` }));
  await phone.open('ID card front');
  await page.getByRole('button', { name: en('p_camera') }).click();
  await page.getByRole('button', { name: en('capture_shutter'), exact: true }).click();
  await page
    .getByRole('button', { name: en('capture_use') })
    .or(page.getByRole('button', { name: en('capture_use_anyway') }))
    .first()
    .click();
  await expect(phone.row('ID card front')).toContainText(en('p_paused'));
  await phone.open('Proof of income');
  await phone.choose(en('p_album'), [photo('1.jpg'), photo('2.jpg')]);
  await page.getByRole('button', { name: en('p_back'), exact: true }).click();
  await expect(phone.row('Proof of income')).toContainText(en('p_pages_waiting', { count: 2 }));
  await phone.open('Proof of income');
  await page.getByRole('button', { name: en('p_send_pages', { count: 2 }) }).click();
  await expect(phone.row('Proof of income')).toContainText(en('p_paused'));

  await phone.context.setOffline(false);
  for (const type of ['ID card front', 'Proof of income'])
    await expect(phone.row(type)).toContainText(en('p_received'), { timeout: 30_000 });
  await phone.close();
});

test('without a connection a colleague who reads English goes on; what was written is sent afterwards', async ({
  browser,
  baseURL,
}) => {
  const customer = await colleague.create({ name: `Seen${stamp}`, phone: '13700000031', note: 'Wednesday' });
  const desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  await inEnglish(desk.context, baseURL);
  await page.goto(`/customers/${customer.id}`);
  const navigation = page.getByRole('navigation', { name: en('nav_main') });
  await expect(navigation.getByText(en('synced'))).toBeVisible({ timeout: 40_000 });
  await page.evaluate(() => Object.assign(window, { unreloaded: true }));
  await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
  await navigation.getByRole('link', { name: en('nav_customers') }).click();
  await page.waitForLoadState('networkidle');
  await desk.keepCode();
  await desk.context.setOffline(true);
  const strip = page.getByRole('status').filter({ hasText: en('offline_title') });
  await expect(strip).toBeVisible();

  await page.getByRole('main').getByRole('link', { name: customer.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
  await page.getByRole('textbox', { name: en('comment_write') }).fill('Comes on Friday');
  await page.keyboard.press('Control+Enter');
  await expect(strip).toContainText('1');
  await page.getByRole('button', { name: en('more_actions', { name: customer.name }) }).click();
  await expect(
    page
      .getByRole('menuitem')
      .filter({ hasText: en('offline_waits') })
      .first(),
  ).toBeDisabled();
  await page.keyboard.press('Escape');

  await desk.context.setOffline(false);
  await expect(strip).toBeHidden({ timeout: 30_000 });
  await expect
    .poll(async () => {
      const answer = await desk.context.request.get(`/api/customers/${customer.id}/comments`);
      return ((await answer.json()) as { items: { body: string }[] }).items.map(({ body }) => body);
    })
    .toEqual(['Comes on Friday']);
  expect(await desk.isUnreloaded()).toBe(true);
  await desk.close();
});
