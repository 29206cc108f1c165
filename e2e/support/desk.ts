import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import type { DocumentType } from '@qijian/domain/rules/document-types.ts';

/** The accounts of the demo data and the names colleagues see. */
export const PEOPLE = {
  admin: { password: 'admin12345', name: '周牧' },
  staff1: { password: 'staff12345', name: '林晓' },
  staff2: { password: 'staff12345', name: '何予安' },
  staff3: { password: 'staff12345', name: '苏沐' },
  auditor1: { password: 'auditor12345', name: '沈知远' },
  auditor2: { password: 'auditor12345', name: '顾清' },
} as const;
export type Username = keyof typeof PEOPLE;

export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}
export const jpegFile = (name: string, content: Uint8Array): TestFile => ({
  name,
  mimeType: 'image/jpeg',
  buffer: Buffer.from(content),
});
export const pdfFile = (name: string, content: Uint8Array): TestFile => ({
  name,
  mimeType: 'application/pdf',
  buffer: Buffer.from(content),
});

const STATES: Record<string, string> = {
  pending: '资料收集中',
  complete: '资料已齐全',
  reviewing: '审核中',
  approved: '已通过',
  rejected: '已拒绝',
};
export const PIECES: Record<string, string> = {
  missing: '未上传',
  received: '已收到',
  accepted: '已通过',
  returned: '已退回',
};

/** One person in a browser of their own, already signed in, with the page they look at. */
export class Desk {
  readonly username: Username;
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(username: Username, context: BrowserContext, page: Page) {
    this.username = username;
    this.context = context;
    this.page = page;
  }

  static async open(
    browser: Browser,
    username: Username,
    options: BrowserContextOptions = {},
  ): Promise<Desk> {
    const context = await browser.newContext(options);
    const answer = await context.request.post('/api/auth/login', {
      data: { username, password: PEOPLE[username].password },
    });
    expect(answer.status()).toBe(200);
    return new Desk(username, context, await context.newPage());
  }

  get name(): string {
    return PEOPLE[this.username].name;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  /** Opens a page, waits until it is live and leaves a mark that a reload would wipe out. */
  async go(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settle();
  }

  async settle(): Promise<void> {
    const line = this.page.getByRole('navigation', { name: '主导航' });
    // A page that begins on a busy machine may take its time; nothing is claimed about it.
    await expect(line.getByText('已同步')).toBeVisible({ timeout: 40_000 });
    await this.page.evaluate(() => Object.assign(window, { unreloaded: true }));
  }

  /** All code of the desk comes in the background: waits for it. */
  async keepCode(): Promise<void> {
    await this.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      const kept = new Promise((resolve) => {
        port1.onmessage = resolve;
      });
      active?.postMessage('keep-desk', [port2]);
      await kept;
    });
  }

  /** Whether the page is still the one `go` opened. */
  async isUnreloaded(): Promise<boolean> {
    return this.page.evaluate(() => 'unreloaded' in window);
  }

  /** Creates a customer through the dialog and answers its id; the workspace is open then. */
  async createCustomer(name: string, phone = '13800000000'): Promise<string> {
    const dialog = this.page.getByRole('dialog', { name: '新建客户' });
    await this.page.getByRole('main').getByRole('button', { name: '新建客户' }).click();
    await dialog.getByLabel('姓名').fill(name);
    await dialog.getByLabel('手机').fill(phone);
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
    return this.page.url().split('/').at(-1) as string;
  }

  async create(body: Record<string, unknown>): Promise<Customer> {
    const answer = await this.context.request.post('/api/customers', { data: body });
    expect(answer.status()).toBe(201);
    return (await answer.json()) as Customer;
  }

  /** Uploads a file of each type and submits: the file is with the auditors then. */
  async submitWith(customerId: string, files: Record<string, TestFile>): Promise<void> {
    for (const [type, file] of Object.entries(files)) await this.uploadTo(customerId, type, file);
    await expect
      .poll(async () => (await this.workspace(customerId)).customer.status, { timeout: 20_000 })
      .toBe('complete');
    const answer = await this.context.request.post(`/api/customers/${customerId}/submit`, { data: {} });
    expect(answer.status()).toBe(200);
  }

  /** One file through the multipart door. */
  async uploadTo(customerId: string, type: string, file: TestFile): Promise<void> {
    const answer = await this.context.request.post(`/api/customers/${customerId}/documents`, {
      multipart: { type, file },
    });
    expect(answer.status()).toBe(201);
  }

  async workspace(customerId: string): Promise<Workspace> {
    const answer = await this.context.request.get(`/api/customers/${customerId}/workspace`);
    expect(answer.status()).toBe(200);
    return (await answer.json()) as Workspace;
  }

  async types(): Promise<DocumentType[]> {
    const answer = await this.context.request.get('/api/document-types');
    return ((await answer.json()) as { items: DocumentType[] }).items;
  }

  /** The place of one document type on the workspace. */
  slot(type: string): Locator {
    return this.page
      .getByRole('main')
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('heading', { level: 3, name: type, exact: true }) });
  }

  /** Chooses a file with the slot's own picker. */
  async pick(type: string, file: TestFile): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.slot(type)
      .getByRole('button', { name: /拖入或点击|^添加/ })
      .click();
    await (await chooser).setFiles(file);
  }

  /** Drops files as a drag from the desktop does. */
  async drop(target: Locator, files: TestFile[]): Promise<void> {
    const dataTransfer = await this.transfer(files);
    await target.dispatchEvent('dragover', { dataTransfer });
    await target.dispatchEvent('drop', { dataTransfer });
  }

  /** Drops what lies on the disk, as it lies there. */
  async dropFromDisk(target: Locator, path: string): Promise<void> {
    const box = await target.boundingBox();
    if (!box) throw new Error('There is nothing to drop it on');
    const at = { x: box.x + box.width / 2, y: box.y + Math.min(box.height, 400) / 2 };
    const client = await this.context.newCDPSession(this.page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    // Over the page it goes on and on, as the place below it changes.
    for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const)
      await client.send('Input.dispatchDragEvent', { type, ...at, data });
    await client.detach();
  }

  async paste(file: TestFile): Promise<void> {
    const dataTransfer = await this.transfer([file]);
    await this.page.evaluate(
      (clipboardData) =>
        document.body.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
        ),
      dataTransfer,
    );
  }

  private transfer(files: TestFile[]) {
    return this.page.evaluateHandle(
      (given) => {
        const data = new DataTransfer();
        for (const { name, type, content } of given) {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          data.items.add(new File([bytes], name, { type }));
        }
        return data;
      },
      files.map(({ name, mimeType, buffer }) => ({
        name,
        type: mimeType,
        content: buffer.toString('base64'),
      })),
    );
  }

  /** The menu of the customer's header or of a slot. */
  async choose(of: string, item: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: `${of}的更多操作` }).click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** Waits until everything the workspace shows is what the database has. */
  async showsTheDatabase(customerId: string): Promise<void> {
    const { customer, documents, completeness } = await this.workspace(customerId);
    const types = await this.types();
    const { page } = this;
    const main = page.getByRole('main');
    const nameOf = (code: string) => types.find((type) => type.code === code)?.name.zh ?? code;
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(customer.name);
    await expect(
      main
        .getByRole('banner')
        .or(main.locator('header'))
        .getByText(STATES[customer.status] ?? '')
        .first(),
    ).toBeVisible();
    const required = completeness.items.filter((item) => item.required);
    const pieces = required.map((item) => `${nameOf(item.type)}${PIECES[item.state]}`).join('、');
    await expect(
      main.getByRole('img', {
        name: `必需资料 ${completeness.satisfied}/${required.length}：${pieces}`,
        exact: true,
      }),
    ).toBeVisible();
    for (const item of required) {
      const expected = documents
        .filter((document) => document.type === item.type)
        .map((document) => `查看${nameOf(item.type)}：${document.filename}`)
        .sort();
      await expect
        .poll(async () => {
          const thumbs = await this.slot(nameOf(item.type)).getByRole('button', { name: /^查看/ }).all();
          return (await Promise.all(thumbs.map((thumb) => thumb.getAttribute('aria-label')))).sort();
        })
        .toEqual(expected);
    }
    for (const [label, value] of [
      ['备注', customer.note],
      ['门店', customer.branch],
    ] as const) {
      if (value) await expect(this.fact(label)).toHaveText(value);
    }
  }

  /** One line of what is known about the customer. */
  fact(label: string): Locator {
    return this.page
      .getByRole('main')
      .locator('dl > div')
      .filter({ has: this.page.getByRole('term').filter({ hasText: label }) })
      .getByRole('definition');
  }
}
