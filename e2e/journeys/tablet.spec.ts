import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { LOOKS } from '../support/accessibility.ts';
import { Desk, jpegFile, type Username } from '../support/desk.ts';
import { layoutFaults } from '../support/layout.ts';
import { PORTAL_CODE, portalLink } from '../support/portal-link.ts';

// Two dozen screens at three widths.
test.describe.configure({ timeout: 240_000 });

/** Small windows and tablets: the desktop's screens in the least room they get. */
const WIDTHS = [768, 820, 912];
const HEIGHT = 1100;

async function standsWell(page: Page, name: string, widths = WIDTHS) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: HEIGHT });
    await expect.poll(() => page.evaluate(() => innerWidth)).toBe(width);
    // What follows the width in code has followed it.
    await page.evaluate(
      () => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))),
    );
    expect.soft(await layoutFaults(page), `${name} at ${width}`).toEqual([]);
  }
}

for (const { colorScheme, locale } of LOOKS) {
  test(`on a tablet nothing lies over anything and nothing is cut (${colorScheme}, ${locale})`, async ({
    browser,
    baseURL,
  }) => {
    const speak = (context: BrowserContext) =>
      context.addCookies([{ name: 'locale', value: locale, url: baseURL ?? '' }]);
    const options = {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 768, height: HEIGHT },
    } as const;
    const open = async (who: Username, paths: string[]) => {
      const desk = await Desk.open(browser, who, options);
      await speak(desk.context);
      for (const path of paths) {
        await desk.page.goto(path);
        await expect(desk.page.locator('html')).toHaveAttribute('lang', locale);
        await expect(desk.page.getByRole('heading', { level: 1 })).toBeVisible();
        // Eight files of one type leave room for the next in every width.
        await standsWell(desk.page, path, path.endsWith(customer.id) ? [...WIDTHS, 1200, 1440] : WIDTHS);
        if (path === '/customers' || path.endsWith(longNamed.id))
          await standsWell(desk.page, path, [390, 1440]);
      }
      await desk.close();
    };

    const staff = await Desk.open(browser, 'staff1', options);
    const customer = await staff.create({ name: '平板上的客户', phone: '13800000000', product: 'mortgage' });
    for (const part of '一二三四五六七八')
      await staff.uploadTo(
        customer.id,
        'bank_statement',
        jpegFile(
          `很长的文件名_十月的银行流水_${part}.jpg`,
          sampleJpeg({ width: 320, height: 200, comment: part }),
        ),
      );
    const longNamed = await staff.create({
      name: 'Wolfeschlegelsteinhausenbergerdorff-Montgomery Christopher',
      phone: '13800000000',
      note: '客户下周出差，请尽快补齐；抵押物在外地，评估报告由对方寄来，收到后再联系客户',
    });
    const reviewing = await staff.context.request.get('/api/customers?status=reviewing&pageSize=1');
    const [waiting] = ((await reviewing.json()) as { items: { id: string }[] }).items;
    await staff.close();

    await open('staff1', [
      '/customers',
      `/customers/${customer.id}`,
      `/customers/${longNamed.id}`,
      '/activity',
    ]);
    await open('auditor1', ['/review', `/review/${waiting?.id}?look=1`]);
    await open('admin', ['/admin/document-types', '/admin/users', '/admin/trash', '/account']);

    const link = await portalLink(browser, baseURL ?? '');
    const anyone = await browser.newContext(options);
    await speak(anyone);
    const page = await anyone.newPage();
    for (const path of ['/handoff#x', '/login', '/register#x', link]) {
      await page.goto(path);
      await expect(page.getByRole('heading').or(page.getByRole('status')).first()).toBeVisible();
      await standsWell(page, path.replace(/#.*/, ''));
    }
    await page.getByRole('textbox').fill(PORTAL_CODE);
    await expect(page.getByRole('listitem').first()).toBeVisible();
    await standsWell(page, 'the customer’s list');
    await page.getByRole('listitem').getByRole('link').first().click();
    await expect(page).toHaveURL(/\/p\/.+/);
    await standsWell(page, 'a type of the customer’s');
    await anyone.close();
  });
}

test('what the auditor must know lies over the picture alone, at every width and wherever the page is scrolled to', async ({
  browser,
}) => {
  const desk = await Desk.open(browser, 'auditor2');
  const { page } = desk;
  const reviewing = await desk.context.request.get('/api/customers?status=reviewing&pageSize=1');
  const [waiting] = ((await reviewing.json()) as { items: { id: string }[] }).items;
  await page.goto(`/review/${waiting?.id}?look=1`);
  const onlyLook = page.getByText('只看，还没有领取');
  const covered = () =>
    page.evaluate(() => {
      const boxes = (what: string) =>
        [...document.querySelectorAll(what)].map((element) => element.getBoundingClientRect());
      return ['.film', '.rvp', '.decide', '.desk-t'].filter((what) =>
        boxes(what).some((part) =>
          boxes('.desk-s > *, .desk-strip').some(
            (strip) =>
              Math.min(part.bottom, strip.bottom) - Math.max(part.top, strip.top) > 1 &&
              Math.min(part.right, strip.right) - Math.max(part.left, strip.left) > 1,
          ),
        ),
      );
    });
  const everywhere = async (what: string) => {
    for (const width of [390, ...WIDTHS, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      await expect.poll(() => page.evaluate(() => innerWidth)).toBe(width);
      for (const end of [false, true]) {
        await page.evaluate((far) => scrollTo(0, far ? document.body.scrollHeight : 0), end);
        expect.soft(await covered(), `${what} at ${width}, ${end ? 'end' : 'head'}`).toEqual([]);
      }
    }
  };
  await expect(onlyLook).toBeVisible();
  await everywhere('only looking');
  await desk.context.setOffline(true);
  await expect(page.getByText('已断线，正在重连…')).toBeVisible();
  await everywhere('offline');
  await page.keyboard.press('a');
  await expect(page.locator('.toasts')).toContainText('断线时不能决定，恢复后再试');
  await desk.close();
});

test('a finger is told of no keys, and one dot is as wide as another', async ({ browser }) => {
  const desk = await Desk.open(browser, 'staff1', {
    viewport: { width: 912, height: HEIGHT },
    hasTouch: true,
    isMobile: true,
  });
  await desk.page.goto('/customers');
  await expect(desk.page.getByRole('table', { name: '客户' })).toBeVisible();
  await expect(desk.page.locator('kbd:visible')).toHaveCount(0);
  await expect(desk.page.getByText('上下移动')).toBeHidden();
  const widths = await desk.page.evaluate(() => {
    const measure = (font: string) => {
      const dot = Object.assign(document.createElement('span'), { textContent: '·'.repeat(20) });
      dot.style.fontFamily = font;
      document.body.append(dot);
      const { width } = dot.getBoundingClientRect();
      dot.remove();
      return Math.round(width);
    };
    return [measure('inherit'), measure('Arial')];
  });
  expect(widths[0]).toBe(widths[1]);
  await desk.close();
});

test('the columns of the list are as wide before its rows come as afterwards', async ({ browser }) => {
  const desk = await Desk.open(browser, 'staff1');
  const { page } = desk;
  await desk.go('/activity');
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/api\/customers(?:\?|$)/, async (route) => {
    await answered;
    await route.continue();
  });
  const widths = () =>
    page
      .locator('thead tr > *')
      .evaluateAll((cells) => cells.map((cell) => Math.round(cell.getBoundingClientRect().width)));
  await page
    .getByRole('navigation', { name: '主导航' })
    .getByRole('link', { name: /^客户\s*\d*$/ })
    .click();
  await expect(page.locator('.t-sk')).toBeVisible();
  const before = await widths();
  answer();
  await expect(page.getByRole('table', { name: '客户' })).toBeVisible();
  expect(await widths()).toEqual(before);
  const asked = await page
    .locator('col')
    .evaluateAll((columns) =>
      columns.map((column) => Number.parseInt((column as HTMLElement).style.width, 10)),
    );
  expect(asked).toHaveLength(before.length);
  for (const [index, width] of asked.entries()) if (width) expect(before[index]).toBe(width);
  await desk.close();
});
