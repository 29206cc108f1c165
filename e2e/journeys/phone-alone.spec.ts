import { createHash, randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, expect, type Page, test } from '@playwright/test';
import { sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { PHONE, Phone } from '../support/phone.ts';

/** What a phone does when it is left alone: no network, no link any more, no code, no younger browser. */
let staff: Desk;
let customerId: string;
const CODE = fileURLToPath(new URL('../../web/build/client/_app/immutable/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'qijian-chosen-'));

test.beforeAll(async ({ browser }) => {
  staff = await Desk.open(browser, 'staff1');
});
test.beforeEach(async () => {
  customerId = (await staff.create({ name: '独处', phone: '13900000021', product: 'credit' })).id;
});
test.afterAll(async () => {
  await staff?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function invite(): Promise<{ id: string; url: string }> {
  const made = await staff.context.request.post(`/api/customers/${customerId}/links`, { data: {} });
  return (await made.json()) as { id: string; url: string };
}
async function letIn(browser: Browser, url: string): Promise<Phone> {
  const phone = await Phone.open(browser, url);
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
  return phone;
}
/** Goes offline once everything that is needed for it is there. */
async function goOffline(phone: Phone): Promise<void> {
  await phone.page.waitForLoadState('networkidle');
  await phone.context.setOffline(true);
  await expect(phone.page.getByText('没有网络，可以先拍，恢复后自动上传')).toBeVisible();
}
const photo = (name: string) =>
  jpegFile(name, sampleJpeg({ width: 1280, height: 800, comment: `${customerId} ${name}` }));
const pageOf = async (phone: Phone, type: string) =>
  (await phone.row(type).getByRole('link', { name: type, exact: true }).getAttribute('href')) as string;
const back = (phone: Phone) => phone.page.getByRole('button', { name: '返回' }).click();
/** How much of the file lies on the device. */
const keptHere = (page: Page) =>
  page.evaluate(async () => {
    const counts: Record<string, number> = {};
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of db.objectStoreNames)
        counts[`${name}.${store}`] = await new Promise((resolve) => {
          const request = db.transaction(store).objectStore(store).count();
          request.onsuccess = () => resolve(request.result);
        });
      db.close();
    }
    return counts;
  });

test('without a network the customer photographs, chooses and puts in order; all of it arrives afterwards', async ({
  browser,
}) => {
  const phone = await letIn(browser, (await invite()).url);
  await goOffline(phone);
  await phone.open('身份证正面');
  await phone.page.getByRole('button', { name: '打开相机' }).click();
  await phone.page.getByRole('button', { name: '拍照', exact: true }).click();
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证正面')).toContainText('已暂停');

  await phone.open('收入证明');
  await phone.choose('从相册选', [photo('1.jpg'), photo('2.jpg')]);
  await expect(phone.page.getByRole('button', { name: '上传这 2 页' })).toBeVisible();
  await back(phone);
  await expect(phone.row('收入证明')).toContainText('2 页待发送');
  await phone.open('收入证明');
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  await expect(phone.row('收入证明')).toContainText('已暂停');

  // What it was chosen from is gone before the network is back.
  const chosen = join(folder, '流水.pdf');
  const content = samplePdf({ text: customerId });
  writeFileSync(chosen, content);
  await phone.open('银行流水');
  const chooser = phone.page.waitForEvent('filechooser');
  await phone.page.locator('label').filter({ hasText: '选择文件' }).click();
  await (await chooser).setFiles(chosen);
  await expect(phone.row('银行流水')).toContainText('已暂停');
  rmSync(chosen);

  await phone.context.setOffline(false);
  for (const type of ['身份证正面', '收入证明', '银行流水'])
    await expect(phone.row(type)).toContainText('已收到', { timeout: 30_000 });
  const { documents } = await staff.workspace(customerId);
  const sha256 = createHash('sha256').update(content).digest('hex');
  expect(documents.find(({ filename }) => filename === '流水.pdf')?.sha256).toBe(sha256);
  await phone.close();
});

test('pages that a document lacks are put aside and become its pages all the same', async ({ browser }) => {
  const phone = await letIn(browser, (await invite()).url);
  const sent = await phone.context.request.post('/api/portal/documents', {
    multipart: {
      type: 'income_proof',
      groupId: randomUUID(),
      pageIndex: '1',
      pageTotal: '3',
      file: photo('2.jpg'),
    },
  });
  expect(sent.ok()).toBe(true);
  await expect(phone.row('收入证明')).toContainText('已收到 1 / 3 页，还差 2 页');
  await phone.open('收入证明');
  const chooser = phone.page.waitForEvent('filechooser');
  await phone.page.locator('label').filter({ hasText: '补上缺的页' }).click();
  await (await chooser).setFiles([photo('1.jpg'), photo('3.jpg')]);
  await expect(phone.page.getByRole('button', { name: '上传这 2 页' })).toBeVisible();
  await back(phone);
  await expect(phone.row('收入证明')).toContainText('2 页待发送');
  await phone.page.reload();
  await expect(phone.row('收入证明')).toContainText('2 页待发送');
  await phone.open('收入证明');
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  await expect(phone.row('收入证明')).toContainText('已收到', { timeout: 30_000 });
  await expect(phone.row('收入证明')).not.toContainText('还差');
  const { documents } = await staff.workspace(customerId);
  expect(new Set(documents.map(({ group }) => group?.id)).size).toBe(1);
  expect(documents.map(({ group }) => group?.index).sort()).toEqual([0, 1, 2]);
  await phone.close();
});

test('a file that cannot be read any more says so at once and leaves its place to others', async ({
  browser,
}) => {
  const phone = await letIn(browser, (await invite()).url);
  await phone.page.evaluate(() => {
    const read = Blob.prototype.arrayBuffer;
    Blob.prototype.arrayBuffer = function arrayBuffer(this: Blob) {
      const isGone = this instanceof File && this.name === '云相册.pdf';
      return isGone ? Promise.reject(new DOMException('', 'NotReadableError')) : read.call(this);
    };
  });
  await phone.open('银行流水');
  await phone.choose('选择文件', pdfFile('云相册.pdf', samplePdf({ text: 'cloud' })));
  await expect(phone.page.getByText('文件已被移动或修改，请重新选择')).toBeVisible();
  await phone.choose('选择文件', pdfFile('在手机里.pdf', samplePdf({ text: `here ${customerId}` })));
  await expect(phone.row('银行流水')).toContainText('已收到');
  await phone.close();
});

test('files that wait when their link is replaced say where, and go by the new link', async ({ browser }) => {
  const old = await invite();
  const phone = await letIn(browser, old.url);
  await goOffline(phone);
  await phone.open('银行流水');
  await phone.choose('选择文件', pdfFile('等着.pdf', samplePdf({ text: `waits ${customerId}` })));
  await expect(phone.row('银行流水')).toContainText('已暂停');
  const answer = await staff.context.request.post(`/api/links/${old.id}/reissue`, { data: {} });
  const { url } = (await answer.json()) as { url: string };
  await phone.context.setOffline(false);
  await expect(phone.page.getByRole('heading', { name: '这个链接已换成新的' })).toBeVisible();
  await expect(phone.page.getByText('还有 1 份文件没有传完')).toBeVisible();
  await phone.page.goto('about:blank');
  await phone.page.goto(url);
  await phone.verify('0021');
  await expect(phone.row('银行流水')).toContainText('已收到', { timeout: 20_000 });
  expect((await staff.workspace(customerId)).documents.map(({ filename }) => filename)).toEqual(['等着.pdf']);

  // Leaving takes what lies on the phone with it.
  await expect.poll(async () => (await keptHere(phone.page))['qijian.uploads']).toBe(0);
  await phone.open('收入证明');
  await phone.choose('从相册选', [photo('a.jpg'), photo('b.jpg')]);
  await expect(phone.page.getByRole('button', { name: '上传这 2 页' })).toBeVisible();
  await back(phone);
  await phone.page.getByRole('button', { name: '退出并清除' }).click();
  const dialog = phone.page.getByRole('dialog', { name: '退出并清除这台设备上的照片？' });
  await expect(dialog).toContainText('还有 2 份没有传完');
  await dialog.getByRole('button', { name: '退出并清除' }).click();
  await expect(phone.page.getByRole('heading', { name: '已退出，这台设备上的照片已清除' })).toBeVisible();
  for (const [store, count] of Object.entries(await keptHere(phone.page)))
    expect([store, count]).toEqual([store, 0]);
  await phone.page.reload();
  await expect(phone.page.getByRole('heading', { name: '请从收到的链接打开' })).toBeVisible();
  await phone.close();
});

test('code that is missing after a new release says so, and comes with another try', async ({ browser }) => {
  // Names of files say nothing; what the camera shows is in its code alone.
  const camera = globSync('**/*.js', { cwd: CODE }).filter((file) =>
    readFileSync(join(CODE, file), 'utf8').includes('cam-guide'),
  );
  expect(camera).not.toEqual([]);
  let isMissing = true;
  const phone = await Phone.open(browser, (await invite()).url, { serviceWorkers: 'block' }, (context) =>
    context.route(
      (address) => camera.some((file) => address.pathname.endsWith(file)),
      (route) => (isMissing ? route.fulfill({ status: 404 }) : route.continue()),
    ),
  );
  await phone.verify('0021');
  await phone.open('身份证正面');
  await phone.page.getByRole('button', { name: '打开相机' }).click();
  await expect(phone.page.getByRole('alert')).toContainText('拍好的照片和没传完的文件都还在这台设备上');
  isMissing = false;
  await phone.page.getByRole('button', { name: '再试一次' }).click();
  // A browser that answers from memory opens the page anew with the second try.
  await expect(async () => {
    const again = phone.page.getByRole('button', { name: /再试一次|打开相机/ });
    if (await again.isVisible()) await again.click();
    await expect(phone.page.getByRole('button', { name: '拍照', exact: true })).toBeVisible();
  }).toPass({ timeout: 30_000 });
  await phone.page.goto('/p/none/at-all');
  await expect(phone.page.getByRole('heading', { name: '没有这一页' })).toBeVisible();
  await expect(phone.page.getByText('客户列表')).toHaveCount(0);
  await phone.page.getByRole('link', { name: '回到资料清单' }).click();
  await expect(phone.row('身份证正面')).toBeVisible();
  await phone.close();
});

test('what is typed and pressed before the code of the page is there is done when it is', async ({
  browser,
}) => {
  let arrive = () => {};
  let arrived = Promise.resolve();
  const hold = () => {
    arrived = new Promise((resolve) => (arrive = resolve));
  };
  const slow = (context: BrowserContext) =>
    context.route('**/_app/immutable/**/*.js', async (route) => {
      await arrived;
      await route.continue();
    });
  hold();
  const phone = await Phone.open(browser, (await invite()).url, { serviceWorkers: 'block' }, slow);
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toHaveCount(0);
  arrive();
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();

  hold();
  await phone.page.reload({ waitUntil: 'commit' });
  const leave = phone.page.getByRole('button', { name: '退出并清除' });
  await leave.click();
  // Impatient, but meant once.
  await leave.click();
  await expect(phone.page.getByRole('dialog')).toHaveCount(0);
  arrive();
  await expect(phone.page.getByRole('dialog', { name: '退出并清除这台设备上的照片？' })).toBeVisible();
  await phone.page.getByRole('dialog').getByRole('button', { name: '取消' }).click();

  hold();
  await phone.page.goto(await pageOf(phone, '银行流水'), { waitUntil: 'commit' });
  await phone.choose('选择文件', pdfFile('等代码.pdf', samplePdf({ text: `early ${customerId}` })));
  arrive();
  await expect(phone.row('银行流水')).toContainText('已收到');
  await phone.close();

  hold();
  const desk = await browser.newContext({ serviceWorkers: 'block' });
  await slow(desk);
  const page = await desk.newPage();
  await page.goto('/login', { waitUntil: 'commit' });
  await page.getByLabel('账号').fill('staff1');
  await page.getByLabel('密码', { exact: true }).fill('staff12345');
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).search).toBe('');
  arrive();
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeVisible();
  await desk.close();
});

test('a page whose code does not come says so, and opens with another try', async ({ browser }) => {
  let isMissing = true;
  const { url } = await invite();
  const context = await browser.newContext({ ...PHONE, serviceWorkers: 'block' });
  await context.route('**/_app/immutable/entry/*.js', (route) =>
    isMissing ? route.abort() : route.continue(),
  );
  const page = await context.newPage();
  await page.goto(url);
  const again = page.getByRole('link', { name: /这一页没有载完/ });
  await expect(again).toBeVisible();
  isMissing = false;
  await again.click();
  await expect(page.getByText('139', { exact: false })).toBeVisible();
  await expect(again).toBeHidden();
  await context.close();
});

test('going back shows the list after the check, and nothing of it once the link is withdrawn', async ({
  browser,
}) => {
  const { id, url } = await invite();
  const phone = await letIn(browser, url);
  await phone.page.goto('/register');
  await phone.page.goBack();
  await expect(phone.row('身份证正面')).toBeVisible();
  await phone.page.goto('/register');
  expect((await staff.context.request.delete(`/api/links/${id}`)).ok()).toBe(true);
  await phone.context.setOffline(true);
  await phone.page.goBack().catch(() => {});
  await expect(phone.row('身份证正面')).toHaveCount(0);
  await phone.close();
});

test('digits typed without a network are kept, and looked at once it is back', async ({ browser }) => {
  const phone = await Phone.open(browser, (await invite()).url);
  // The page has begun once it says how the number begins.
  await expect(phone.page.getByText('139', { exact: false })).toBeVisible();
  await phone.context.setOffline(true);
  await phone.verify('0021');
  await expect(phone.page.getByText('连上后自动再试')).toBeVisible();
  await phone.context.setOffline(false);
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
  await phone.close();
});

test('a link opens however it was handed on', async ({ browser }) => {
  const { url } = await invite();
  const phone = await Phone.open(browser, url);
  for (const handedOn of [
    `${url}。`,
    `${url}，请尽快`,
    `${url})`,
    `${url}#wechat_redirect`,
    url.replace('#', '%23'),
    url.replace(/\/p#.*/, (end) => end.toUpperCase()),
  ]) {
    await phone.page.goto('about:blank');
    await phone.page.evaluate(() => history.length);
    await phone.page.goto(handedOn);
    // How the number begins is known of a link that exists.
    await expect(phone.page.getByText('139', { exact: false })).toBeVisible();
  }
  await phone.close();
});

test('a browser as old as we promise, on plain http, sends a photograph made smaller and shows the receipt', async ({
  browser,
}) => {
  const phone = await Phone.open(browser, (await invite()).url, {}, async (context) => {
    // Its workers have nothing to draw on either.
    await context.route(/compress\.worker/, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: 'throw new Error("no canvas")' }),
    );
    await context.addInitScript(() => {
      const younger: [object, string[]][] = [
        [Object, ['groupBy']],
        [Map, ['groupBy']],
        [Array, ['fromAsync']],
        [Array.prototype, ['toSorted', 'toReversed', 'toSpliced', 'with']],
        [Promise, ['withResolvers', 'try']],
        [AbortSignal, ['any', 'timeout']],
        [URL, ['canParse', 'parse']],
        [
          Set.prototype,
          ['union', 'intersection', 'difference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
        ],
        [String.prototype, ['isWellFormed', 'toWellFormed']],
        [
          window,
          [
            'OffscreenCanvas',
            'requestIdleCallback',
            'Iterator',
            'scheduler',
            'navigation',
            'CompressionStream',
          ],
        ],
        // Kept back where a page is not served securely.
        [Crypto.prototype, ['subtle', 'randomUUID']],
        [Navigator.prototype, ['locks', 'serviceWorker']],
      ];
      for (const [owner, names] of younger) for (const name of names) Reflect.deleteProperty(owner, name);
    });
  });
  const faults: string[] = [];
  phone.page.on('pageerror', (error) => faults.push(error.message));
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
  await phone.open('身份证反面');
  const noise = await phone.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1400, height: 1000 });
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const pixels = context.createImageData(1400, 1000);
    for (let n = 0; n < pixels.data.length; n += 1) pixels.data[n] = (n * 2654435761) >>> 24;
    context.putImageData(pixels, 0, 0);
    return canvas.toDataURL('image/jpeg', 1).split(',')[1] as string;
  });
  const large = jpegFile('大图.jpg', Buffer.from(noise, 'base64'));
  await phone.choose('从相册选', large);
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证反面')).toContainText('已收到', { timeout: 20_000 });
  const [arrived] = (await staff.workspace(customerId)).documents;
  expect(arrived?.size).toBeLessThan(large.buffer.length * 0.8);
  await phone.page.goto('/p/done');
  await expect(phone.page.getByRole('listitem').filter({ hasText: '送达' })).toHaveCount(1);
  expect(faults).toEqual([]);
  // What a chat shows of the link names nobody and nothing of the file.
  const html = await (await phone.context.request.get('/p')).text();
  const shown = [...html.matchAll(/<meta property="og:(\w+)" content="([^"]*)"/g)].map(([, name, of]) => [
    name,
    of,
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    title: '齐件 Qijian',
    description: '资料上传 · Documents',
    type: 'website',
    image: new URL('/icon-180.png', phone.page.url()).href,
  });
  // Colours of 2023, which Chrome knows from 111 on, leave a page without any.
  expect(html).not.toContain('oklch(');
  await phone.close();
});

test('the own small picture is there however slowly the phone decodes it', async ({ browser }) => {
  const phone = await letIn(browser, (await invite()).url);
  await phone.page.evaluate(() => {
    const decode = HTMLImageElement.prototype.decode;
    const slow = new Promise<void>((resolve) => window.addEventListener('decode-now', () => resolve()));
    HTMLImageElement.prototype.decode = async function later(this: HTMLImageElement) {
      await slow;
      return decode.call(this);
    };
  });
  await phone.open('收入证明');
  await phone.choose('从相册选', [photo('1.jpg'), photo('2.jpg')]);
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  // Both are documents, and the queue has forgotten them.
  await expect(phone.row('收入证明')).toContainText('已收到，2 页', { timeout: 20_000 });
  await expect(phone.row('收入证明').locator('img')).toHaveCount(0);
  await phone.page.evaluate(() => window.dispatchEvent(new Event('decode-now')));
  await expect(phone.row('收入证明').locator('img')).toBeVisible();
  await phone.page.reload();
  await expect(phone.row('收入证明').locator('img')).toBeVisible();
  const side = await phone
    .row('收入证明')
    .locator('img')
    .evaluate((image) => (image as HTMLImageElement).naturalWidth);
  expect(side).toBeLessThanOrEqual(240);
  await phone.close();
});

test('a phone whose clock is wrong is told so, and reads the times of the server', async ({ browser }) => {
  const phone = await Phone.open(browser, (await invite()).url, {}, (context) =>
    context.clock.setSystemTime(Date.now() - 3 * 86_400_000),
  );
  await phone.verify('0021');
  await expect(phone.page.getByText('这台手机的时间不准；页面上的时间以我们的为准。')).toBeVisible();
  await phone.open('银行流水');
  await phone.choose('选择文件', pdfFile('流水.pdf', samplePdf({ text: `clock ${customerId}` })));
  await expect(phone.row('银行流水')).toContainText('已收到');
  await phone.open('银行流水');
  // Without a day: it is today, as the server has it.
  await expect(phone.page.getByText(/^\d\d:\d\d 送达$/)).toBeVisible();
  await expect(phone.page.getByText(/^\d\d:\d\d 前可以撤回$/)).toBeVisible();
  await phone.close();
});

test('wrong digits by somebody else leave the open page alone, and make one device wait', async ({
  browser,
}) => {
  const { url } = await invite();
  const phone = await letIn(browser, url);
  const stranger = await Phone.open(browser, url);
  for (const left of [4, 3, 2]) {
    await stranger.verify('9999');
    await expect(stranger.page.getByText(`尾号不对，还可以试 ${left} 次`)).toBeVisible();
  }
  await expect(stranger.page.getByText('请等 5 秒再试')).toBeVisible();
  await expect(stranger.page.getByRole('textbox')).toBeDisabled();
  await stranger.close();
  await phone.page.reload();
  await phone.open('银行流水');
  await phone.choose('选择文件', pdfFile('流水.pdf', samplePdf({ text: `mine ${customerId}` })));
  await expect(phone.row('银行流水')).toContainText('已收到');
  await phone.close();
});
