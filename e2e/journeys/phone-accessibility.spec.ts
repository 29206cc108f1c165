import { expect, type Page, test } from '@playwright/test';
import { sampleJpeg, samplePdf } from '@qijian/domain/testing/sample-files.ts';
import { findings, LOOKS } from '../support/accessibility.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { PHONE } from '../support/phone.ts';

test.describe.configure({ timeout: 240_000 });

/** Whether something reaches over the right edge, so that the page moves sideways under the thumb. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The words of headings, names and buttons that their own boxes, or the page's edge, cut off. */
const cutOff = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('main :is(h1, h2, header, li > .grow > b, .mbtn, .pbtn)')]
      .filter((element) => element.offsetParent !== null)
      .filter((element) => {
        const words = document.createRange();
        words.selectNodeContents(element);
        const box = element.getBoundingClientRect();
        // A font's own box is higher than a tight line: by 0.1 em where lines are 1.25 em and CJK glyphs 1.45 em.
        const lead = 1 + parseFloat(getComputedStyle(element).fontSize) * 0.12;
        return [...words.getClientRects()].some(
          ({ left, right, top, bottom, width }) =>
            width > 1 &&
            (top < box.top - lead || bottom > box.bottom + lead || left < -1 || right > innerWidth + 1),
        );
      })
      .map((element) => element.textContent?.trim() ?? ''),
  );

for (const { colorScheme, locale } of LOOKS) {
  test(`nothing stands in the way of customers (${colorScheme}, ${locale})`, async ({ browser, baseURL }) => {
    const staff = await Desk.open(browser, 'staff1');
    const { id } = await staff.create({ name: '无障碍', phone: '13800000021', product: 'credit' });
    const made = await staff.context.request.post(`/api/customers/${id}/links`, { data: {} });
    const { url } = (await made.json()) as { url: string };
    const context = await browser.newContext({ ...PHONE, colorScheme, reducedMotion: 'reduce' });
    await context.addCookies([{ name: 'locale', value: locale, url: baseURL ?? '' }]);
    const page = await context.newPage();

    await page.goto('/p');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect.soft(await findings(page), 'without a link').toEqual([]);
    await page.goto(url);
    await expect(page.getByRole('textbox')).toBeFocused();
    expect.soft(await findings(page), 'the check').toEqual([]);
    await page.getByRole('textbox').fill('0021');
    await expect(page.getByRole('listitem').first()).toBeVisible();
    expect.soft(await findings(page), 'the checklist').toEqual([]);

    await page.goto('/p/income_proof');
    await page
      .locator('label')
      .filter({ hasText: /相册|album/ })
      .first()
      .waitFor();
    expect.soft(await findings(page), 'one document').toEqual([]);
    const chooser = page.waitForEvent('filechooser');
    await page
      .locator('label')
      .filter({ hasText: /相册|album/ })
      .click();
    const pictures = [1, 2].map((n) =>
      jpegFile(`${n}.jpg`, sampleJpeg({ width: 640, height: 400, comment: `${n}` })),
    );
    await (await chooser).setFiles(pictures);
    await expect(page.getByRole('listitem')).toHaveCount(2);
    expect.soft(await findings(page), 'pages').toEqual([]);
    await page.locator('.m-cta').getByRole('button').click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('4');

    await staff.context.request.post(`/api/customers/${id}/documents`, {
      multipart: { type: 'id_card_front', file: pdfFile('front.pdf', samplePdf({ text: 'front' })) },
    });
    await page.goto('/p/uploads');
    await expect(page.getByRole('progressbar')).toBeVisible();
    expect.soft(await findings(page), 'the queue').toEqual([]);
    await page.goto('/p/done');
    await expect(page.getByRole('listitem').first()).toBeVisible();
    expect.soft(await findings(page), 'the receipt').toEqual([]);

    await page.setViewportSize({ width: 320, height: 568 });
    for (const path of ['/p', '/p/id_card_front', '/p/income_proof', '/p/uploads', '/p/done']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect.soft(await overflow(page), `${path} at 320`).toBe(0);
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
      expect.soft(await overflow(page), `${path} at 320 with text twice as large`).toBe(0);
      expect.soft(await cutOff(page), `${path}: words that are cut`).toEqual([]);
    }
    await context.close();
    await staff.close();
  });
}
