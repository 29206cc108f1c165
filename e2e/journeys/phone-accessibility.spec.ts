import { expect, type Page, test } from '@playwright/test';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { findings, LOOKS } from '../support/accessibility.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { PHONE } from '../support/phone.ts';

test.describe.configure({ timeout: 240_000 });

/** How far something reaches over the right edge, so that the page or its list moves sideways under the thumb. */
const overflow = (page: Page) =>
  page.evaluate(() =>
    Math.max(
      ...[document.documentElement, ...document.querySelectorAll('main, main *')]
        .filter((part) => part === document.documentElement || getComputedStyle(part).overflowY === 'auto')
        .map((part) => part.scrollWidth - part.clientWidth),
    ),
  );

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
            (top < box.top - lead ||
              bottom > box.bottom + lead ||
              left < Math.max(0, box.left) - 2 ||
              right > Math.min(innerWidth, box.right) + 2),
        );
      })
      .map((element) => element.textContent?.trim() ?? ''),
  );

/** English words that are broken in the middle, and words that no scrolling brings to light. */
const lostWords = (page: Page) =>
  page.evaluate(() => {
    const lost: string[] = [];
    const words = document.createRange();
    const part = document.querySelector('dialog[open]') ?? document.querySelector('main') ?? document.body;
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const said = text.textContent ?? '';
      let box = text.parentElement;
      if (!box?.checkVisibility?.() || box.closest('.sr-only, style') || !said.trim()) continue;
      for (const { 0: word, index } of said.matchAll(/[a-z’]{2,}/gi)) {
        words.setStart(text, index);
        words.setEnd(text, index + word.length);
        if (words.getClientRects().length > 1) lost.push(`${word} is broken`);
      }
      words.selectNodeContents(text);
      while (box && getComputedStyle(box).overflowY === 'visible') box = box.parentElement;
      if (!box || getComputedStyle(box).overflowY !== 'hidden') continue;
      const below = words.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
      if (below > 4) lost.push(`${said.trim()} cannot be reached`);
    }
    return lost;
  });

/** The page on the smallest phone, with text twice as large too, loses nothing. */
async function small(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 568 });
  expect.soft(await overflow(page), `${name} at 320`).toBe(0);
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  expect.soft(await overflow(page), `${name} at 320 with text twice as large`).toBe(0);
  expect.soft(await cutOff(page), `${name}: words that are cut`).toEqual([]);
  expect.soft(await lostWords(page), `${name}: words that are lost`).toEqual([]);
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
  await page.setViewportSize(PHONE.viewport ?? { width: 390, height: 844 });
}

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
    await small(page, 'without a link');
    await page.goto(url);
    await expect(page.getByRole('textbox')).toBeFocused();
    expect.soft(await findings(page), 'the check').toEqual([]);
    await small(page, 'the check');
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
    await small(page, 'pages');
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

    for (const path of [
      '/p',
      '/p/id_card_front',
      '/p/income_proof',
      '/p/uploads',
      '/p/done',
      '/p/none/at-all',
    ]) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await small(page, path);
    }
    await page.goto('/p');
    await page.getByRole('button', { name: /退出并清除|Leave and clear/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await small(page, 'leaving');
    await context.close();
    await staff.close();
  });
}
