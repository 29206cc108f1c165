import { type Browser, expect, test } from '@playwright/test';
import { findings, LOOKS, type Look } from '../support/accessibility.ts';
import { Desk } from '../support/desk.ts';

// Every rule on every screen takes its time on a small machine.
test.describe.configure({ timeout: 240_000 });

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOCALES = { 'zh-CN': '新建客户', en: 'New customer' } as const;

async function open(
  browser: Browser,
  who: 'staff1' | 'admin',
  given: Look & { viewport: { width: number; height: number } },
): Promise<Desk> {
  const { locale, ...options } = given;
  const desk = await Desk.open(browser, who, { ...options, reducedMotion: 'reduce' });
  const url = test.info().project.use.baseURL ?? '';
  await desk.context.addCookies([{ name: 'locale', value: locale, url }]);
  return desk;
}

for (const { colorScheme, locale } of LOOKS) {
  const look = `${colorScheme}, ${locale}`;

  test(`nothing stands in the way of anybody on the login page (${look})`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
    await context.addCookies([{ name: 'locale', value: locale, url: baseURL ?? '' }]);
    const page = await context.newPage();
    await page.goto('/login');
    await expect(page.locator('html')).toHaveAttribute('lang', locale);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    // Its colours change once the page has begun.
    await expect(page.locator('button[type="submit"]')).toBeEnabled();
    expect(await findings(page)).toEqual([]);
    await context.close();
  });

  test(`nothing stands in the way of staff (${look})`, async ({ browser }) => {
    for (const viewport of [DESKTOP, PHONE]) {
      const desk = await open(browser, 'staff1', { colorScheme, locale, viewport });
      const { page } = desk;
      await page.goto('/customers');
      await expect(page.locator('html')).toHaveAttribute('lang', locale);
      await expect(page.getByRole('main').getByRole('link').first()).toBeVisible();
      expect.soft(await findings(page), `customers at ${viewport.width}`).toEqual([]);
      await page.goto('/customers?new=1');
      await expect(page.getByRole('dialog', { name: LOCALES[locale] })).toBeVisible();
      expect.soft(await findings(page), `new customer at ${viewport.width}`).toEqual([]);
      await page.goto('/customers?search=陈思远');
      await page
        .getByRole('main')
        .getByRole('link', { name: /陈思远/ })
        .click();
      await expect(page.getByRole('heading', { level: 1, name: '陈思远' })).toBeVisible();
      expect.soft(await findings(page), `workspace at ${viewport.width}`).toEqual([]);
      await desk.close();
    }
  });

  test(`nothing stands in the way of administrators (${look})`, async ({ browser }) => {
    const desk = await open(browser, 'admin', { colorScheme, locale, viewport: DESKTOP });
    const { id } = await desk.create({ name: '已删除的客户', phone: '13600000000' });
    await desk.context.request.delete(`/api/customers/${id}`);
    // One type that is out of use.
    await desk.context.request.post('/api/document-types', {
      data: {
        code: 'out_of_use',
        name: { zh: '停用的类型', en: 'Out of use' },
        instructions: { zh: '', en: '' },
        minPages: 1,
        maxAgeDays: null,
        required: false,
        active: false,
        order: 99,
      },
    });
    for (const path of ['/account', '/admin/users', '/admin/document-types', '/admin/trash', '/activity']) {
      await desk.page.goto(path);
      await expect(desk.page.getByRole('heading', { level: 1 })).toBeVisible();
      expect.soft(await findings(desk.page), path).toEqual([]);
    }
    await desk.close();
  });
}
