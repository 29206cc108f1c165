import { expect, test } from '@playwright/test';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { samplePdf } from '../fixtures/sample-files.ts';
import { Desk, pdfFile } from '../support/desk.ts';

test.describe.configure({ mode: 'serial' });

const CHANGES = 30;
const OFFLINE_MS = 15_000;
let desk: Desk;
let colleague: Desk;
let customer: Customer;
let lostAt: number;

const strip = () => desk.page.getByRole('status').filter({ hasText: '已断线，正在重连…' });

test.beforeAll(async ({ browser }) => {
  desk = await Desk.open(browser, 'staff1');
  colleague = await Desk.open(browser, 'staff2');
  customer = await colleague.create({ name: `断线${Date.now() % 100_000}`, phone: '13700000000' });
  await desk.go(`/customers/${customer.id}`);
});
test.afterAll(async () => {
  await Promise.all([desk, colleague].map((one) => one?.close()));
});

test('a lost connection says so, and sending is refused with the reason', async () => {
  await desk.context.setOffline(true);
  lostAt = Date.now();
  await expect(strip()).toBeVisible();
  await expect(strip()).toContainText('数据截至');
  await expect(desk.page.getByRole('button', { name: '提交审核' }).first()).toBeDisabled();
  await expect(desk.page.getByText('断线时不能提交，恢复后再试')).toBeAttached();
});

test('an upload begun without a connection waits', async () => {
  await desk.pick('银行流水', pdfFile('断线流水.pdf', samplePdf({ text: customer.name })));
  await expect(desk.slot('银行流水').getByRole('group', { name: /断线流水\.pdf/ })).toContainText(
    '已暂停，等网络恢复',
  );
  await expect(strip()).toContainText('1 项更改将在恢复后同步');
});

test('what colleagues do meanwhile does not reach the screen, which goes on being readable', async () => {
  let { version } = customer;
  for (let n = 1; n <= CHANGES; n += 1) {
    const answer = await colleague.context.request.patch(`/api/customers/${customer.id}`, {
      data: { version, note: `第 ${n} 次修改` },
    });
    expect(answer.status()).toBe(200);
    version = ((await answer.json()) as Customer).version;
  }
  await expect.poll(() => Date.now() - lostAt, { timeout: 30_000 }).toBeGreaterThan(OFFLINE_MS);
  await expect(strip()).toBeVisible();
  await expect(desk.page.getByText('第 30 次修改')).toHaveCount(0);
});

test('once the connection is back everything that was missed arrives, once and in order', async () => {
  await desk.context.setOffline(false);
  await expect(strip()).toBeHidden();
  await expect(desk.fact('备注')).toHaveText(`第 ${CHANGES} 次修改`);
  await desk.page
    .getByRole('status')
    .filter({ hasText: /离开期间有 3\d 项变化/ })
    .getByRole('button', { name: '查看' })
    .click();
  const missed = desk.page.getByRole('dialog', { name: '离开期间的变化' });
  await expect(
    missed
      .getByRole('listitem')
      .filter({ hasText: new RegExp(`${colleague.name} ${colleague.username} 修改了备注`) }),
  ).toHaveCount(CHANGES);
  await missed.getByRole('button', { name: '关闭' }).click();
  await expect(missed).toBeHidden();
});

test('the waiting upload finishes and the screen is what the database has, without a reload', async () => {
  await expect(
    desk.slot('银行流水').getByRole('button', { name: '查看银行流水：断线流水.pdf' }),
  ).toBeVisible();
  await expect(desk.page.getByText('所有更改已保存')).toBeVisible();
  const { documents } = await desk.workspace(customer.id);
  expect(documents.map(({ filename }) => filename)).toEqual(['断线流水.pdf']);
  await desk.showsTheDatabase(customer.id);
  expect(await desk.isUnreloaded()).toBe(true);
});
