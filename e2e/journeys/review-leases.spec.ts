import { type Browser, chromium, expect, type Locator, type Route, test } from '@playwright/test';
import { findings } from '../support/accessibility.ts';
import { Desk, type Username } from '../support/desk.ts';
import { type Product, startProduct } from '../support/product.ts';

/** An installation of its own: approval needs two auditors, and whoever falls silent loses a file soon. */
test.describe.configure({ mode: 'serial', timeout: 240_000 });

const LEASE_SECONDS = 8;
/** The demo data's files that wait for auditors. */
const [APPROVED, REGRETTED, CLAIMED] = ['蒋明哲', '赵一帆', '袁知夏'] as const;
const WHY = '你已经通过了这份资料，还需要另一位审核员复审';

let product: Product;
let a: Desk;
let b: Desk;
let staff: Desk;
const ids = new Map<string, string>();
const idOf = (name: string) => ids.get(name) as string;

const open = (browser: Browser, who: Username) =>
  Desk.open(browser, who, { baseURL: product.address, reducedMotion: 'reduce' });
const row = (desk: Desk, name: string): Locator =>
  desk.page
    .getByRole('table', { name: '审核队列' })
    .getByRole('row')
    .filter({ has: desk.page.getByRole('link', { name }) });
const claimButton = (desk: Desk, name: string) =>
  row(desk, name).getByRole('button', { name: `领取 ${name}` });
const aside = (desk: Desk) => desk.page.getByRole('complementary', { name: '预览' });
const approveButton = (desk: Desk) => desk.page.getByRole('button', { name: /^通过 ?Ctrl/ });
/** What staff read beside the checklist. */
const standing = () => staff.page.getByRole('complementary', { name: '进度与协作' }).locator('.rc-p');

/** What stands in the way of people on the page of a desk, in both colour schemes. */
async function findingsInBoth({ page }: Desk): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const finding of await findings(page)) found.push(`${colorScheme} ${finding}`);
  }
  return found;
}
async function acceptAll(desk: Desk, customerId: string, but?: string): Promise<void> {
  const { documents } = await desk.workspace(customerId);
  for (const { id, version } of documents.filter(({ type }) => type !== but)) {
    const answer = await desk.context.request.post(`/api/documents/${id}/review`, {
      data: { version, verdict: 'accepted' },
    });
    expect(answer.status()).toBe(200);
  }
}
/** Does something while the next decision of a desk is under way. */
async function meanwhile(desk: Desk, work: () => Promise<void>): Promise<void> {
  const hold = async (route: Route) => {
    await work();
    await route.continue();
  };
  await desk.page.route('**/decision', hold, { times: 1 });
}
async function changeNote(customerId: string): Promise<void> {
  const { customer } = await staff.workspace(customerId);
  const answer = await staff.context.request.patch(`/api/customers/${customerId}`, {
    data: { version: customer.version, note: '客户已更换手机' },
  });
  expect(answer.status()).toBe(200);
}
async function approveByCommand(desk: Desk, customerId: string) {
  const { customer } = await desk.workspace(customerId);
  return desk.context.request.post(`/api/customers/${customerId}/decision`, {
    data: { version: customer.version, decision: 'approve' },
  });
}

test.beforeAll(async ({ browser }) => {
  product = await startProduct({
    env: { REVIEW_LEASE_SECONDS: String(LEASE_SECONDS), REVIEW_FOUR_EYES: 'true' },
  });
  [a, b, staff] = await Promise.all([
    open(browser, 'auditor1'),
    open(browser, 'auditor2'),
    open(browser, 'staff1'),
  ]);
  const answer = await staff.context.request.get('/api/customers?status=reviewing&pageSize=50');
  const { items } = (await answer.json()) as { items: { id: string; name: string }[] };
  for (const { id, name } of items) ids.set(name, id);
  // A preview that becomes ready is a change of its own.
  for (const name of [APPROVED, REGRETTED, CLAIMED])
    await expect
      .poll(
        async () => (await staff.workspace(idOf(name))).documents.every(({ state }) => state === 'ready'),
        {
          timeout: 60_000,
        },
      )
      .toBe(true);
  await b.go('/review');
  await staff.go(`/customers/${idOf(APPROVED)}`);
});
test.afterAll(async () => {
  await Promise.all([a, b, staff].map((desk) => desk?.close()));
  await product?.remove();
});

test('the first approval leaves the file in the queue, where it waits for a second pair of eyes', async () => {
  await a.page.goto(`/review/${idOf(APPROVED)}`);
  await expect(a.page.getByText('你在审核')).toBeVisible();
  await expect(standing()).toContainText(`${a.name} 正在审核`);
  await acceptAll(a, idOf(APPROVED), 'credit_report');
  await expect(a.page.locator('.dstat').filter({ hasText: '未审' })).toHaveText('未审 1');
  await a.page.locator('[data-piece="credit_report"] .rv-n').click();
  await expect(approveButton(a)).toBeDisabled();
  // The last verdict and the decision in one breath: one's own verdict is no conflict.
  const answers: number[] = [];
  a.page.on('response', (answer) => {
    if (answer.url().endsWith('/decision')) answers.push(answer.status());
  });
  await a.page.keyboard.press('a');
  await a.page.keyboard.press('Control+Enter');
  await expect(
    a.page.getByRole('heading', { name: `${APPROVED} 已第一次通过，等待另一位审核员` }),
  ).toBeVisible();
  expect(answers).toEqual([200]);
  await expect(row(b, APPROVED)).toContainText(`${a.name} 已初审，待复审`);
  await expect(claimButton(b, APPROVED)).toBeEnabled();
  await expect(standing()).toContainText(`${a.name} 已初审通过，等待另一位审核员复审`);
  await expect(standing()).not.toContainText(`${a.name} 正在审核`);
  expect((await staff.workspace(idOf(APPROVED))).customer.status).toBe('reviewing');
});

test('whoever approved first cannot approve again, and is told why in the queue and at the desk', async () => {
  await a.go('/review');
  await expect(row(a, APPROVED)).toContainText(/你 ?已初审，待复审/);
  await expect(claimButton(a, APPROVED)).toHaveCount(0);
  await row(a, APPROVED).click();
  await expect(aside(a)).toContainText(WHY);
  await expect(aside(a).getByRole('button', { name: '领取并开始审核' })).toHaveCount(0);
  expect(await findingsInBoth(a)).toEqual([]);

  await a.page.goto(`/review/${idOf(APPROVED)}`);
  await expect(staff.page.locator('.pres')).toContainText(`${a.name}正在查看`);
  await expect(a.page.locator('.rv-first').filter({ hasText: WHY })).toBeVisible();
  await expect(a.page.locator('#decide-why')).toHaveText(WHY);
  await expect(approveButton(a)).toBeDisabled();
  await a.page.keyboard.press('Control+Enter');
  await expect(a.page.locator('.toast').filter({ hasText: WHY })).toBeVisible();
  const refused = await approveByCommand(a, idOf(APPROVED));
  expect(refused.status()).toBe(403);
  expect(await refused.json()).toMatchObject({ type: 'second-auditor-needed' });
  expect(await findingsInBoth(a)).toEqual([]);
  // Looking at it does not keep it from the second auditor.
  await expect(claimButton(b, APPROVED)).toBeEnabled();
});

test('the second auditor approves, and every open screen shows it', async () => {
  await a.go('/review');
  await row(b, APPROVED).click();
  await expect(aside(b)).toContainText(/沈知远 已在 .+ 第一次通过，还需要另一位审核员/);
  await aside(b).getByRole('button', { name: '领取并开始审核' }).click();
  await expect(row(a, APPROVED)).toContainText(`${b.name}复审中`);
  await expect(standing()).toContainText(`${b.name} 正在审核`);
  await expect(standing()).toContainText(`${a.name} 已初审通过`);

  await expect(b.page.getByText('你在审核')).toBeVisible();
  await expect(b.page.locator('.rv-first').filter({ hasText: '还需要另一位审核员' })).toBeVisible();
  await expect(approveButton(b)).toBeEnabled();
  // A colleague's change that comes while the decision is under way stops it, and is shown.
  await meanwhile(b, () => changeNote(idOf(APPROVED)));
  await b.page.keyboard.press('Control+Enter');
  const news = b.page.locator('[data-news]');
  await expect(news).toContainText(staff.name);
  await expect(approveButton(b)).toBeDisabled();
  expect((await staff.workspace(idOf(APPROVED))).customer.status).toBe('reviewing');
  await news.getByRole('button', { name: '知道了' }).click();
  await b.page.keyboard.press('Control+Enter');
  await expect(b.page.getByRole('heading', { name: `${APPROVED} 已通过` })).toBeVisible();
  await expect(row(a, APPROVED)).toContainText('已通过');
  await expect(row(a, APPROVED)).toHaveCount(0, { timeout: 15_000 });
  await expect(staff.page.getByRole('main').locator('header').first().getByText('已通过')).toBeVisible();
  await expect(standing()).not.toContainText('等待另一位审核员复审');
  for (const desk of [a, b, staff]) expect(await desk.isUnreloaded()).toBe(true);
});

test('whoever approved first may take the file again and reject it', async () => {
  await acceptAll(a, idOf(REGRETTED));
  await expect
    .poll(async () => (await approveByCommand(a, idOf(REGRETTED))).status(), { timeout: 15_000 })
    .toBe(200);
  await expect(row(a, REGRETTED)).toContainText(/你 ?已初审，待复审/);
  await row(a, REGRETTED).click();
  await aside(a)
    .getByRole('button', { name: /^只看不领/ })
    .click();
  await expect(a.page.getByText('只看，还没有领取')).toBeVisible();
  await a.page.keyboard.press('t');
  await expect(a.page.getByText('你在审核')).toBeVisible();
  await expect(approveButton(a)).toBeDisabled();
  await a.page.getByRole('button', { name: '拒绝', exact: true }).click();
  const dialog = a.page.getByRole('dialog', { name: `拒绝 ${REGRETTED}` });
  await dialog.getByRole('textbox').fill('复核发现信息不一致');
  await dialog.getByRole('button', { name: '拒绝' }).click();
  await expect(a.page.getByRole('heading', { name: `${REGRETTED} 已拒绝` })).toBeVisible();
});

test('the file of a browser whose process was killed is free again by itself, and a colleague claims it', async () => {
  await b.go('/review');
  const { launchOptions } = test.info().project.use;
  const server = await chromium.launchServer(launchOptions);
  try {
    const own = await chromium.connect(server.wsEndpoint());
    const lost = await open(own, 'auditor1');
    await lost.page.goto(`/review/${idOf(CLAIMED)}`);
    await expect(lost.page.getByText('你在审核')).toBeVisible();
    await expect(row(b, CLAIMED)).toContainText(lost.name);
    // Kept by its heartbeats, past the end of the first lease.
    await b.page.waitForTimeout((LEASE_SECONDS + 7) * 1000);
    await expect(row(b, CLAIMED)).toContainText(lost.name);
  } finally {
    const { pid } = server.process();
    const ended = new Promise((resolve) => server.process().once('exit', (_, signal) => resolve(signal)));
    // The browser leads a process group: nothing of it is left to say goodbye.
    if (pid) process.kill(-pid, 'SIGKILL');
    expect(await ended).toBe('SIGKILL');
  }
  await expect(row(b, CLAIMED)).toContainText(a.name);
  await expect(claimButton(b, CLAIMED)).toBeEnabled({ timeout: (LEASE_SECONDS + 12) * 1000 });
  await claimButton(b, CLAIMED).click();
  await expect(row(b, CLAIMED)).toContainText('你');
  await expect(row(b, CLAIMED)).not.toContainText(a.name);
  expect(await b.isUnreloaded()).toBe(true);
  expect((await staff.workspace(idOf(CLAIMED))).customer.claimedBy).toMatchObject({ displayName: b.name });
});
