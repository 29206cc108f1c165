import { createHash } from 'node:crypto';
import { expect, type Locator, test } from '@playwright/test';
import sharp from 'sharp';
import { sampleHeic } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, type TestFile } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';

test.describe.configure({ mode: 'serial' });

let staff: Desk;
let phone: Phone;
let customerId: string;

const COLOURS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] } as const;
type Colour = keyof typeof COLOURS;

/** A lying photograph with a colour in each quarter, whose EXIF block says that it has to be turned. */
async function turnedPhoto(
  name: string,
  orientation: number,
  [width, height]: readonly [number, number],
): Promise<TestFile> {
  const quarter = (colour: Colour, left: number, top: number) => ({
    input: { create: { width: width / 2, height: height / 2, channels: 3 as const, background: colour } },
    left,
    top,
  });
  const content = await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([
      quarter('red', 0, 0),
      quarter('green', width / 2, 0),
      quarter('blue', 0, height / 2),
      quarter('white', width / 2, height / 2),
      // Grain, so that a large picture is a large file.
      {
        input: {
          create: {
            width,
            height,
            channels: 3,
            background: 'white',
            noise: { type: 'gaussian', mean: 225, sigma: 15 },
          },
        },
        blend: 'multiply',
      },
    ])
    .jpeg({ quality: 95 })
    .withMetadata({ orientation })
    .toBuffer();
  return jpegFile(name, content);
}

/** What a preview on the desk shows: how it lies and the colours at shares of its width and height. */
function seen(picture: Locator, places: readonly (readonly [number, number])[]) {
  return picture.evaluate(
    (image: HTMLImageElement, { at, colours }) => {
      const { naturalWidth: width, naturalHeight: height } = image;
      const canvas = new OffscreenCanvas(width, height);
      const brush = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      brush.drawImage(image, 0, 0);
      const distance = (a: readonly number[], b: Uint8ClampedArray) =>
        a.reduce((sum, value, n) => sum + (value - (b[n] as number)) ** 2, 0);
      return {
        lies: width > height,
        colours: at.map(([x, y]) => {
          const { data } = brush.getImageData(Math.floor(x * width), Math.floor(y * height), 1, 1);
          return colours.sort((a, b) => distance(a[1], data) - distance(b[1], data))[0]?.[0];
        }),
      };
    },
    { at: places, colours: Object.entries(COLOURS) },
  );
}

/** Sends one photograph of a card from the phone and opens its preview on the desk. */
async function preview(type: string, file: TestFile): Promise<Locator> {
  await phone.open(type);
  await phone.choose('从相册选', file);
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await expect(phone.row(type)).toContainText('已收到', { timeout: 20_000 });
  await staff.slot(type).getByRole('button', { name: /^查看/ }).click();
  const picture = staff.page.getByRole('dialog').getByRole('img');
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 30_000 })
    .toBeGreaterThan(0);
  return picture;
}

test.beforeAll(async ({ browser }) => {
  staff = await Desk.open(browser, 'staff1');
  const { id } = await staff.create({ name: '转正', phone: '13900000021', product: 'credit' });
  const made = await staff.context.request.post(`/api/customers/${id}/links`, { data: {} });
  const { url } = (await made.json()) as { url: string };
  customerId = id;
  await staff.go(`/customers/${id}`);
  phone = await Phone.open(browser, url);
  await phone.verify('0021');
  await expect(phone.page.getByRole('heading', { name: '还差 5 件' })).toBeVisible();
});
test.afterAll(async () => {
  await Promise.all([staff?.close(), phone?.close()]);
});

const CORNERS = [
  [0.1, 0.1],
  [0.9, 0.1],
  [0.1, 0.9],
  [0.9, 0.9],
] as const;

test('a photograph taken with the phone upright stands upright on the desk', async () => {
  const picture = await preview('身份证正面', await turnedPhoto('upright.jpg', 6, [800, 500]));
  expect(await seen(picture, CORNERS)).toEqual({ lies: false, colours: ['blue', 'red', 'white', 'green'] });
  await staff.page.keyboard.press('Escape');
});

test('a large photograph, which the phone makes smaller first, is turned over just the same', async () => {
  const file = await turnedPhoto('over.jpg', 3, [3200, 2000]);
  const picture = await preview('身份证反面', file);
  expect(await seen(picture, CORNERS)).toEqual({ lies: true, colours: ['white', 'blue', 'green', 'red'] });
  const { documents } = await staff.workspace(customerId);
  const size = documents.find(({ type }) => type === 'id_card_back')?.size;
  expect(size).toBeLessThan(file.buffer.length / 2);
  await staff.page.keyboard.press('Escape');
});

test('with 发送原图 the very file is sent', async () => {
  const file = await turnedPhoto('original.jpg', 6, [3200, 2000]);
  await phone.open('征信报告');
  await phone.choose('从相册选', file);
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  await phone.page.getByLabel('发送原图，不压缩').check();
  await phone.page.getByRole('button', { name: '上传这 1 页' }).click();
  await expect(phone.row('征信报告')).toContainText('已收到', { timeout: 20_000 });
  const { documents } = await staff.workspace(customerId);
  const sent = documents.find(({ type }) => type === 'credit_report');
  expect(sent).toMatchObject({
    filename: 'original.jpg',
    sha256: createHash('sha256').update(file.buffer).digest('hex'),
  });
});

test('a HEIC, which this browser cannot show, is a picture on the desk, the right way up', async () => {
  const heic = { name: 'IMG_7.heic', mimeType: 'image/heic', buffer: Buffer.from(sampleHeic()) };
  await phone.open('收入证明');
  await phone.choose('从相册选', heic);
  await phone.page.getByRole('button', { name: /使用这张|仍然提交/ }).click();
  // What cannot be shown is no broken picture.
  await expect(phone.page.getByRole('listitem').filter({ hasText: '第 1 页' }).locator('img')).toHaveCount(0);
  await phone.page.getByRole('button', { name: '上传这 1 页' }).click();
  await expect(phone.row('收入证明')).toContainText('已收到', { timeout: 20_000 });
  await staff.slot('收入证明').getByRole('button', { name: /^查看/ }).click();
  const picture = staff.page.getByRole('dialog').getByRole('img');
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 30_000 })
    .toBeGreaterThan(0);
  const places = [
    [0.5, 0.1],
    [0.2, 0.8],
    [0.8, 0.8],
  ] as const;
  expect(await seen(picture, places)).toEqual({ lies: true, colours: ['green', 'red', 'blue'] });
});
