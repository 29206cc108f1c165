import { chromium, expect, type Page, test } from '@playwright/test';
import { sampleHeic, sampleJpeg, samplePdf } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';

let staff: Desk;
let customerId: string;

test.beforeAll(async ({ browser }) => {
  staff = await Desk.open(browser, 'staff1');
});
test.beforeEach(async () => {
  const { id } = await staff.create({ name: '拒绝', phone: '13900000021', product: 'credit' });
  customerId = id;
});
test.afterAll(() => staff?.close());

/** A fresh link, made on the staff's own page, which stays open. */
async function invite(): Promise<string> {
  await staff.go(`/customers/${customerId}`);
  await staff.page.getByRole('button', { name: '邀请客户' }).first().click();
  const dialog = staff.page.getByRole('dialog', { name: '邀请客户手机' });
  await dialog.getByRole('button', { name: '生成邀请' }).click();
  return (await dialog.getByText(/\/p#/).textContent()) ?? '';
}
const dialogOf = (page: Page) => page.getByRole('dialog', { name: '邀请客户手机' });

test('five wrong codes lock a link, on the phone and before the eyes of staff; who was let in goes on', async ({
  browser,
}) => {
  const link = await invite();
  const inside = await Phone.open(browser, link);
  await inside.verify('0021');
  await expect(inside.row('银行流水')).toBeVisible();
  const phone = await Phone.open(browser, link);
  for (const left of [4, 3, 2, 1]) {
    await phone.verify('9999');
    await expect(phone.page.getByText(`尾号不对，还可以试 ${left} 次`)).toBeVisible();
  }
  await phone.verify('9999');
  await expect(phone.page.getByRole('heading', { name: '尾号输错太多次，这个链接已锁定' })).toBeVisible();
  await expect(dialogOf(staff.page).getByText('已锁定', { exact: true })).toBeVisible();
  await phone.page.goto(link);
  await phone.page.reload();
  await expect(phone.page.getByRole('heading', { name: '尾号输错太多次，这个链接已锁定' })).toBeVisible();
  await phone.close();
  await inside.page.reload();
  await inside.open('银行流水');
  await inside.choose('选择文件', pdfFile('流水.pdf', samplePdf({ text: 'inside' })));
  await expect(inside.row('银行流水')).toContainText('已收到');
  await inside.close();
});

test('a link that staff stop leaves the open page at once, and a new one kills the old', async ({
  browser,
}) => {
  const link = await invite();
  const phone = await Phone.open(browser, link);
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
  await dialogOf(staff.page).getByRole('button', { name: '换一个新链接' }).click();
  await expect(dialogOf(staff.page).getByText('已停用', { exact: true })).toBeVisible();
  await expect(phone.page.getByRole('heading', { name: '这个链接已换成新的' })).toBeVisible({
    timeout: 5_000,
  });
  await phone.page.goto('about:blank');
  await phone.page.goto(link);
  await expect(phone.page.getByRole('heading', { name: '这个链接已换成新的' })).toBeVisible();
  await expect(phone.page.getByText('请从客户经理最新发给你的消息里打开')).toBeVisible();
  await phone.close();
});

test('looking at the address uses nothing up', async ({ browser, request }) => {
  const link = await invite();
  for (let n = 0; n < 10; n += 1) {
    expect((await request.get(link)).status()).toBe(200);
    expect((await request.head(link)).status()).toBe(200);
  }
  await expect(dialogOf(staff.page).getByText('还没有打开过')).toBeVisible();
  const phone = await Phone.open(browser, link);
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
  await phone.close();
});

// biome-ignore lint/correctness/noEmptyPattern: the runner reads the names from the pattern
test('a refused camera is no dead end', async ({}, { project }) => {
  const link = await invite();
  const { baseURL, launchOptions } = project.use;
  const browser = await chromium.launch({
    ...(launchOptions?.executablePath ? { executablePath: launchOptions.executablePath } : {}),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--deny-permission-prompts'],
  });
  const phone = await Phone.open(browser, link, baseURL ? { baseURL } : {});
  await phone.verify('0021');
  await phone.open('身份证正面');
  await phone.page.getByRole('button', { name: '打开相机' }).click();
  await expect(phone.page.getByText('相机打不开，可以用手机自带的拍照或从相册选')).toBeVisible();
  await phone.choose('拍照', jpegFile('IMG_1.jpg', sampleJpeg({ width: 1280, height: 800 })));
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row('身份证正面')).toContainText('已收到');
  await browser.close();
});

test('turned photographs and HEIC come out upright', async ({ browser }) => {
  const link = await invite();
  const phone = await Phone.open(browser, link);
  await phone.verify('0021');
  await phone.open('收入证明');
  const files = [
    jpegFile('turned.jpg', sampleJpeg({ width: 640, height: 400, orientation: 6 })),
    { name: 'phone.heic', mimeType: 'image/heic', buffer: Buffer.from(sampleHeic()) },
  ];
  await phone.choose('从相册选', files);
  await phone.page.getByRole('button', { name: '上传这 2 页' }).click();
  await expect
    .poll(
      async () => {
        const { documents } = await staff.workspace(customerId);
        return Object.fromEntries(
          documents.map(({ filename, state, width, height }) => [
            filename,
            `${state} ${(width ?? 0) < (height ?? 0) ? 'upright' : 'lying'}`,
          ]),
        );
      },
      { timeout: 30_000 },
    )
    // The one lies in its file and is turned by its EXIF block, the other is as wide as it was taken.
    .toEqual({ 'turned.jpg': 'ready upright', 'phone.heic': 'ready lying' });
  await phone.close();
});
