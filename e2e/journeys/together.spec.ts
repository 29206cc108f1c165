import { expect, test } from '@playwright/test';
import { pdfOf, sampleJpeg, stream } from '../fixtures/sample-files.ts';
import { Desk, jpegFile, pdfFile } from '../support/desk.ts';

test.describe.configure({ mode: 'serial' });

const CUSTOMER = `合作${Date.now() % 100_000}`;
let a: Desk;
let b: Desk;
let c: Desk;
let auditor: Desk;
let customerId: string;

/** A statement of a few megabytes, so that its way can be watched. */
const statement = pdfFile(
  '银行流水.pdf',
  pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>',
    '<< /Type /Page /Parent 2 0 R >>',
    stream('%'.repeat(4_000_000)),
  ]),
);
const card = jpegFile('身份证正面.jpg', sampleJpeg({ width: 640, height: 400, comment: CUSTOMER }));
const ring = (desk: Desk) => desk.page.getByRole('img', { name: /^必需资料/ });

test.beforeAll(async ({ browser }) => {
  a = await Desk.open(browser, 'staff1');
  b = await Desk.open(browser, 'staff2');
  c = await Desk.open(browser, 'staff3');
  auditor = await Desk.open(browser, 'auditor1');
});
test.afterAll(async () => {
  await Promise.all([a, b, c, auditor].map((desk) => desk?.close()));
});

test('a customer created by one is in the lists of the others at once', async () => {
  await Promise.all([b, auditor].map((desk) => desk.go('/customers')));
  await a.go('/customers');
  customerId = await a.createCustomer(CUSTOMER);
  await a.settle();
  for (const desk of [b, auditor]) {
    await desk.page.getByRole('button', { name: /位客户有更新/ }).click();
    await expect(desk.page.getByRole('link', { name: CUSTOMER }).first()).toBeVisible();
  }
});

test('everybody on the customer sees who else is there', async () => {
  const desks = [a, b, c, auditor];
  await Promise.all([b, c, auditor].map((desk) => desk.go(`/customers/${customerId}`)));
  for (const desk of desks) {
    for (const other of desks.filter((candidate) => candidate !== desk))
      await expect(desk.page.getByRole('main').getByTitle(other.name).first()).toBeVisible();
    await expect(desk.page.getByRole('navigation', { name: '主导航' }).getByText(/^在线/)).toHaveText(
      /在线 ([4-9]|\d\d)/,
    );
  }
});

test('two upload at the same moment, and everybody watches both arrive', async () => {
  const network = await c.context.newCDPSession(c.page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 1_000_000,
  });
  await expect(ring(auditor)).toHaveAccessibleName(/^必需资料 0\/5/);
  await Promise.all([b.pick('身份证正面', card), c.pick('银行流水', statement)]);

  for (const desk of [a, b, auditor]) {
    await expect(
      desk.slot('银行流水').getByRole('group', { name: /^苏沐 正在上传 银行流水\.pdf，\d+%$/ }),
    ).toBeVisible();
  }
  await expect(
    auditor.slot('银行流水').getByRole('group', { name: /银行流水\.pdf，([2-9]\d)%$/ }),
  ).toBeVisible();
  for (const desk of [a, b, c, auditor]) {
    await expect(desk.slot('身份证正面').getByRole('button', { name: /^查看/ })).toBeVisible();
    await expect(desk.slot('银行流水').getByRole('button', { name: /^查看/ })).toBeVisible();
    await expect(ring(desk)).toHaveAccessibleName(/^必需资料 2\/5/);
    await expect(desk.page.getByRole('main').getByRole('group', { name: /正在上传/ })).toHaveCount(0);
  }
});

test('two people change different fields at once and both succeed', async () => {
  await Promise.all([b.choose(CUSTOMER, '修改'), c.choose(CUSTOMER, '修改')]);
  const dialogs = [b, c].map((desk) => desk.page.getByRole('dialog', { name: /^修改/ }));
  const [ofB, ofC] = dialogs as [(typeof dialogs)[0], (typeof dialogs)[0]];
  await ofB.getByLabel('备注').fill('晚上联系');
  await expect(auditor.page.getByRole('main').getByText('正在修改备注')).toBeVisible();
  await ofC.getByLabel('门店').fill('示例九部');
  await ofB.getByRole('button', { name: '保存' }).click();
  await expect(ofB).toBeHidden();
  await expect(c.page.getByText('晚上联系').first()).toBeAttached();
  await expect(ofC.getByLabel('门店')).toHaveValue('示例九部');
  await ofC.getByRole('button', { name: '保存' }).click();
  await expect(ofC).toBeHidden();
  for (const desk of [a, b, c, auditor]) {
    await expect(desk.fact('备注')).toHaveText('晚上联系');
    await expect(desk.fact('门店')).toHaveText('示例九部');
  }
});

test('two people change the same field: the second is shown both and chooses', async () => {
  await Promise.all([a.choose(CUSTOMER, '修改'), b.choose(CUSTOMER, '修改')]);
  const ofA = a.page.getByRole('dialog', { name: /^修改/ });
  const ofB = b.page.getByRole('dialog', { name: /^修改/ });
  await ofA.getByLabel('备注').fill('林晓的备注');
  await ofB.getByLabel('备注').fill('何予安的备注');
  await ofA.getByRole('button', { name: '保存' }).click();
  await expect(ofA).toBeHidden();
  await expect(auditor.fact('备注')).toHaveText('林晓的备注');
  await ofB.getByRole('button', { name: '保存' }).click();
  await expect(ofB.getByRole('alert')).toContainText('林晓 刚刚也改了这些，请选择保留哪个');
  await expect(ofB.getByLabel('用对方的：林晓的备注')).toBeVisible();
  await expect(ofB.getByLabel('保留我的：何予安的备注')).toBeChecked();
  await ofB.getByRole('button', { name: '按选择保存' }).click();
  await expect(ofB).toBeHidden();
  for (const desk of [a, b, c, auditor]) await expect(desk.fact('备注')).toHaveText('何予安的备注');
});

test('at the end every screen is what the database has, without a reload', async () => {
  for (const desk of [a, b, c, auditor]) {
    await desk.showsTheDatabase(customerId);
    expect(await desk.isUnreloaded()).toBe(true);
  }
});
