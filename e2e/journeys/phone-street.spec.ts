import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile, type TestFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { type Product, startProduct } from '../support/product.ts';
import { openSlowLine, type SlowLine } from '../support/slow-line.ts';

test.describe.configure({ mode: 'serial' });

/** A server of its own, because one of these stories kills it. */
let product: Product;
let line: SlowLine;
let staff: Desk;
let phone: Phone;
let customerId: string;

/** A PDF of a few megabytes, which goes over as it is. */
function largePdf(name: string, megabytes: number): TestFile {
  const noise = `\n%${randomBytes(megabytes * 512 * 1024).toString('hex')}\n`;
  return pdfFile(name, Buffer.concat([samplePdf({ text: name }), Buffer.from(noise)]));
}
const photo = (name: string) => jpegFile(name, sampleJpeg({ width: 640, height: 400, comment: name }));
const sha256 = (file: TestFile) => createHash('sha256').update(file.buffer).digest('hex');

/** The offsets from which the page sent bytes from now on. */
function offsetsSent(): number[] {
  const offsets: number[] = [];
  phone.page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
}

async function arrived(filename: string): Promise<Document> {
  let found: Document | undefined;
  await expect
    .poll(
      async () => {
        // The server may be away.
        const workspace = await staff.workspace(customerId).catch(() => null);
        found = workspace?.documents.find((document) => document.filename === filename);
        return found !== undefined;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  return found as Document;
}

/** Watches a page from now on; answers whether the words were ever on it. */
async function watchFor(page: Page, words: string): Promise<() => Promise<boolean>> {
  const watch = await page.evaluateHandle((words) => {
    const seen = { ever: false };
    new MutationObserver(() => {
      seen.ever ||= document.body.innerText.includes(words);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return seen;
  }, words);
  return () => watch.evaluate(({ ever }) => ever);
}

/** Once the page has heard twice how far an upload of the file is: the first word of it is on the screen by then. */
function secondStep(page: Page): Promise<void> {
  return new Promise((resolve) => {
    let steps = 0;
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('portal-upload-progress')) steps += 1;
        if (steps === 2) resolve();
      }),
    );
  });
}

const uploadsPage = async () => {
  await phone.page.goto(`${line.address}/p/uploads`);
  await expect(phone.page.getByRole('heading', { level: 1 })).toBeVisible();
};
const percentOf = async (name: string) =>
  Number(
    /(\d+)%/.exec(await phone.page.getByRole('listitem').filter({ hasText: name }).innerText())?.[1] ?? 0,
  );

test.beforeAll(async ({ browser }) => {
  product = await startProduct();
  staff = await Desk.open(browser, 'staff1', { baseURL: product.address });
  const customer = await staff.create({ name: '街头', phone: '13900000021', product: 'credit' });
  customerId = customer.id;
  const made = await staff.context.request.post(`/api/customers/${customerId}/links`, { data: {} });
  const { url } = (await made.json()) as { url: string };
  line = await openSlowLine(product.address);
  phone = await Phone.open(browser, url.replace(product.address, line.address));
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
});
test.afterAll(async () => {
  await Promise.all([staff?.close(), phone?.close()]);
  line?.close();
  await product?.remove();
});

test('a page that is killed in the middle of an upload goes on from there when it is opened again', async () => {
  const file = largePdf('流水.pdf', 4);
  // Another page of the same phone hears of it, and takes it for no other phone.
  const second = await phone.newPage();
  const told = secondStep(second.page);
  await second.page.goto(`${line.address}/p`);
  await expect(second.row('银行流水')).toBeVisible();
  const mistaken = await watchFor(second.page, '另一台手机');
  await phone.open('银行流水');
  line.slow(400);
  await phone.choose('选择文件', file);
  await phone.page.getByRole('link').filter({ hasText: '正在上传' }).click();
  await told;
  expect(await mistaken()).toBe(false);
  await second.page.close();
  await expect.poll(() => percentOf('银行流水'), { timeout: 60_000 }).toBeGreaterThan(35);
  await phone.page.close();

  phone = await phone.newPage();
  const offsets = offsetsSent();
  await uploadsPage();
  const document = await arrived('流水.pdf');
  expect(document.sha256).toBe(sha256(file));
  expect(offsets[0]).toBeGreaterThan(file.buffer.length * 0.2);
  // It is this phone's own, not another one's that goes on for ever.
  await phone.page.getByRole('link', { name: '返回' }).click();
  await expect(phone.row('银行流水')).toContainText('已收到', { timeout: 30_000 });
});

test('pages that are being put in order are there when the phone has killed the page', async () => {
  await phone.page.goto(`${line.address}/p/income_proof`);
  await phone.choose('从相册选', [photo('第一页.jpg'), photo('第二页.jpg')]);
  await phone.page.getByRole('button', { name: '第 2 页往前移' }).click();
  await expect(phone.page.getByText('现在是第 1 页')).toBeAttached();
  await phone.page.close();

  phone = await phone.newPage();
  await phone.page.goto(`${line.address}/p/income_proof`);
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  await arrived('第一页.jpg');
  const { group } = await arrived('第二页.jpg');
  expect(group?.index).toBe(0);
  await phone.page.goto(`${line.address}/p/income_proof`);
  await expect(phone.page.locator('label').filter({ hasText: '从相册选' })).toBeVisible();
});

test('a network that goes away during two uploads pauses both, and both go on', async () => {
  const files = [largePdf('征信.pdf', 3), largePdf('收入.pdf', 3)];
  await phone.page.goto(`${line.address}/p`);
  line.slow(350);
  for (const [type, file] of [
    ['征信报告', files[0]],
    ['收入证明', files[1]],
  ] as const) {
    await phone.open(type);
    await phone.choose('选择文件', file as TestFile);
    await expect(phone.row(type)).toContainText('正在上传');
  }
  await phone.page.getByRole('link').filter({ hasText: '正在上传' }).click();
  await expect.poll(() => percentOf('征信报告'), { timeout: 60_000 }).toBeGreaterThan(10);
  await phone.page.getByRole('button', { name: '全部暂停' }).click();
  await expect(phone.page.getByText(/你暂停了，停在 \d+%；点「继续上传」接着传/)).toHaveCount(2);
  await phone.page.getByRole('button', { name: '继续上传' }).click();
  await expect(phone.page.getByText(/你暂停了/)).toHaveCount(0);
  await phone.context.setOffline(true);
  await expect(phone.page.getByText('没有网络，已暂停')).toBeVisible();
  await expect(phone.page.getByText(/停在 \d+%，网络恢复后继续/)).toHaveCount(2);
  const offsets = offsetsSent();
  await phone.context.setOffline(false);
  await expect(phone.page.getByText('网络恢复了，正在接着传')).toBeVisible();
  for (const file of files) expect((await arrived(file.name)).sha256).toBe(sha256(file));
  expect(Math.max(...offsets.slice(0, 2))).toBeGreaterThan(0);
});

test('a server that is killed in the middle of an upload gets the rest when it is back', async () => {
  test.skip(process.platform !== 'linux', 'The server is looked up in /proc.');
  const file = largePdf('身份证正面.pdf', 4);
  await phone.page.goto(`${line.address}/p/id_card_front`);
  line.slow(600);
  await phone.choose('选择文件', file);
  await phone.page.getByRole('link').filter({ hasText: '正在上传' }).click();
  await expect.poll(() => percentOf('身份证正面'), { timeout: 60_000 }).toBeGreaterThan(30);
  process.kill(serverPid(), 'SIGKILL');
  const offsets = offsetsSent();
  expect((await arrived('身份证正面.pdf')).sha256).toBe(sha256(file));
  expect(offsets.some((offset) => offset > 0)).toBe(true);
});

/** The server process of this product. */
function serverPid(): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server/src/main.ts') &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`DATA_DIR=${product.dataDir}\0`)
      );
    } catch {
      return false;
    }
  });
  return Number(found);
}
