import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { TestFile } from './desk.ts';

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** A customer's phone, without any account. */
export class Phone {
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  /** Opens a link as it came by message; what it asks for has not been answered yet. */
  static async open(
    browser: Browser,
    link: string,
    options: BrowserContextOptions = {},
    /** Makes it another browser than ours. */
    prepare: (context: BrowserContext) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Phone> {
    const context = await browser.newContext({ ...PHONE, ...options });
    await prepare(context);
    const page = await context.newPage();
    await page.goto(link);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    return new Phone(context, page);
  }

  /** The same phone with a new page, after the old one was ended. */
  async newPage(): Promise<Phone> {
    return new Phone(this.context, await this.context.newPage());
  }

  close(): Promise<void> {
    return this.context.close();
  }

  /** Types the last four digits of the phone number. */
  async verify(code: string): Promise<void> {
    await this.page.getByLabel('先确认是你本人，请输入手机号后四位').fill(code);
  }

  /** One document type in the list. */
  row(type: string): Locator {
    return this.page
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('link', { name: type, exact: true }) });
  }

  /** Opens the page of one document type from the list. */
  async open(type: string): Promise<void> {
    await this.row(type).getByRole('link', { name: type, exact: true }).click();
    await expect(this.page.getByRole('heading', { level: 1, name: type })).toBeVisible();
  }

  /** Chooses files on the page of a document type. */
  async choose(from: string, files: TestFile | TestFile[]): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.locator('label').filter({ hasText: from }).click();
    await (await chooser).setFiles(files);
  }
}
