import { expect, type Locator, test } from '@playwright/test';
import { sampleJpeg } from '../fixtures/sample-files.ts';
import { findings } from '../support/accessibility.ts';
import { Desk, jpegFile } from '../support/desk.ts';

test.describe.configure({ mode: 'serial' });

const CUSTOMER = `评论${Date.now() % 100_000}`;
const card = jpegFile('身份证正面.jpg', sampleJpeg({ width: 640, height: 400, comment: CUSTOMER }));
let a: Desk;
let b: Desk;
let auditor: Desk;
let customerId: string;

const main = (desk: Desk) => desk.page.getByRole('main');
const field = (desk: Desk) => main(desk).getByRole('textbox', { name: /^写评论/ });
const people = (desk: Desk) => desk.page.getByRole('listbox', { name: '可以提醒的同事' });
const comments = (desk: Desk) => main(desk).getByRole('group', { name: '评论', exact: true });
const comment = (desk: Desk, words: string): Locator =>
  comments(desk).getByRole('listitem').filter({ hasText: words });
const bell = (desk: Desk) =>
  desk.page.getByRole('navigation', { name: '主导航' }).getByRole('button', { name: /^通知/ });
const panel = (desk: Desk) => desk.page.getByRole('dialog', { name: '通知' });
const toasts = (desk: Desk) => desk.page.locator('.toast');
const tab = (desk: Desk, name: string) =>
  main(desk).getByRole('group', { name: '动态或评论' }).getByRole('button', { name });

async function write(desk: Desk, words: string): Promise<void> {
  await field(desk).fill(words);
  await field(desk).press('Enter');
  await expect(field(desk)).toHaveValue('');
}
/** Opens a page where the sidebar, which says that it is live, is not to be seen. */
async function visit({ page }: Desk, path: string): Promise<void> {
  const rung = page.waitForResponse(/api\/notifications/);
  await page.goto(path);
  await rung;
}
async function isClean(desk: Desk, where: string): Promise<void> {
  expect(await findings(desk.page), where).toEqual([]);
}

test.beforeAll(async ({ browser }) => {
  a = await Desk.open(browser, 'staff1', { reducedMotion: 'reduce' });
  b = await Desk.open(browser, 'staff2', { reducedMotion: 'reduce' });
  auditor = await Desk.open(browser, 'auditor1', { reducedMotion: 'reduce' });
  for (const desk of [a, b, auditor])
    await desk.context.request.post('/api/notifications/read', { data: { all: true } });
  customerId = (await a.create({ name: CUSTOMER, phone: '13800000000' })).id;
  await Promise.all([a, b, auditor].map((desk) => desk.go(`/customers/${customerId}`)));
});
test.afterAll(async () => {
  await Promise.all([a, b, auditor].map((desk) => desk?.close()));
});

test('nothing is there at first, and it is said who would read it', async () => {
  for (const desk of [a, b, auditor]) {
    await tab(desk, '评论').click();
    await expect(comments(desk)).toContainText('还没有评论');
  }
  await isClean(a, 'empty');
});

test('a comment appears for the others at once; what is no http address stays plain', async () => {
  await write(a, '下午三点后方便接电话 https://example.com/a，javascript:alert(1)');
  for (const desk of [a, b, auditor]) {
    const shown = comment(desk, '下午三点后');
    await expect(shown).toBeVisible();
    await expect(shown).toContainText(desk === a ? '你' : a.name);
    await expect(shown.getByRole('link')).toHaveCount(1);
    await expect(shown.getByRole('link')).toHaveAttribute('href', 'https://example.com/a');
    await expect(comments(desk).getByText('今天')).toHaveCount(1);
  }
});

test('somebody is mentioned with the keyboard alone', async () => {
  await field(a).focus();
  await a.page.keyboard.type('请 @');
  await expect(people(a).getByRole('option')).not.toHaveCount(0);
  await expect(people(a).getByRole('option', { name: a.name })).toHaveCount(0);
  await isClean(a, 'list of people');
  const first = people(a).getByRole('option').first();
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await a.page.keyboard.press('ArrowDown');
  await expect(first).toHaveAttribute('aria-selected', 'false');
  await expect(field(a)).toHaveAttribute(
    'aria-activedescendant',
    (await people(a).getByRole('option').nth(1).getAttribute('id')) ?? '',
  );
  await a.page.keyboard.press('Escape');
  await expect(people(a)).toHaveCount(0);
  await expect(field(a)).toHaveValue('请 @');

  await field(a).fill('');
  await a.page.keyboard.type('请 @沈');
  await expect(people(a).getByRole('option')).toHaveCount(1);
  await a.page.keyboard.press('Enter');
  await expect(field(a)).toHaveValue(`请 @${auditor.name} `);
  await a.page.keyboard.type('看一下');
  await a.page.keyboard.press('Enter');
  await expect(field(a)).toHaveValue('');
  await expect(comment(b, `请 @${auditor.name} 看一下`)).toBeVisible();
});

test('who is mentioned hears of it at once, and the count survives a reload', async () => {
  await expect(bell(auditor)).toHaveAccessibleName('通知，1 条未读');
  await expect(toasts(auditor)).toContainText(`${a.name} 在评论里提到了你：${CUSTOMER}`);
  await expect(bell(b)).toHaveAccessibleName('通知');
  await expect(toasts(b)).toHaveCount(0);
  await auditor.go('/customers');
  await expect(bell(auditor)).toHaveAccessibleName('通知，1 条未读');
});

test('what is read in one window is read in the other, and leads to the comment', async () => {
  const other = await auditor.context.newPage();
  await other.goto('/activity');
  const otherBell = other.getByRole('navigation', { name: '主导航' }).getByRole('button', { name: /^通知/ });
  await expect(otherBell).toHaveAccessibleName('通知，1 条未读');

  await bell(auditor).click();
  const entry = panel(auditor).getByRole('link').first();
  await expect(entry).toContainText(`${a.name} 在评论里提到了你`);
  await expect(entry).toContainText(CUSTOMER);
  await expect(entry).toContainText('未读');
  await isClean(auditor, 'notifications');
  await entry.click();
  await expect(panel(auditor)).toHaveCount(0);
  await expect(auditor.page.getByRole('heading', { level: 1, name: CUSTOMER })).toBeVisible();
  await expect(comment(auditor, '看一下')).toBeInViewport();
  for (const seen of [bell(auditor), otherBell]) await expect(seen).toHaveAccessibleName('通知');

  await b.context.request.post(`/api/customers/${customerId}/comments`, {
    data: { body: '第二次', mentions: [await idOf(auditor)] },
  });
  for (const seen of [bell(auditor), otherBell]) await expect(seen).toHaveAccessibleName('通知，1 条未读');
  await otherBell.click();
  await other.getByRole('button', { name: '全部标为已读' }).click();
  for (const seen of [bell(auditor), otherBell]) await expect(seen).toHaveAccessibleName('通知');
  await other.close();
});
const idOf = async (desk: Desk): Promise<string> =>
  (await (await desk.context.request.get('/api/auth/me')).json()).user.id;

test('one edits one’s own and nobody else’s, and can take it back', async () => {
  await write(b, '缺一页');
  const own = comment(b, '缺一页');
  await expect(comment(a, '缺一页').getByRole('button', { name: '修改评论' })).toHaveCount(0);
  await own.hover();
  await own.getByRole('button', { name: '修改评论' }).click();
  const editor = comments(b).getByRole('textbox', { name: '修改评论' });
  await expect(editor).toBeFocused();
  await editor.fill('缺两页 @');
  await expect(people(b).getByRole('option').first()).toBeInViewport();
  await editor.press('Escape');
  await expect(people(b)).toHaveCount(0);
  await editor.fill('缺两页');
  await editor.press('Enter');
  for (const desk of [a, auditor]) {
    await expect(comment(desk, '缺两页')).toContainText('已修改');
    await expect(comment(desk, '缺一页')).toHaveCount(0);
  }
  await comment(b, '缺两页').getByRole('button', { name: '撤销' }).click();
  for (const desk of [a, b, auditor]) await expect(comment(desk, '缺一页')).toBeVisible();
});

test('one deletes one’s own: at first it can be taken back, then its words are gone everywhere', async () => {
  const own = comment(b, '缺一页');
  await own.hover();
  await own.getByRole('button', { name: '删除评论' }).click();
  await expect(comment(b, '评论已删除')).toBeVisible();
  await comment(b, '评论已删除').getByRole('button', { name: '撤销' }).click();
  await expect(own).toBeVisible();
  await expect(comment(a, '缺一页')).toBeVisible();

  await own.hover();
  await own.getByRole('button', { name: '删除评论' }).click();
  for (const desk of [a, b, auditor]) await expect(comment(desk, '缺一页')).toHaveCount(0);
  await tab(a, '全部').click();
  const feed = main(a).getByRole('group', { name: '动态', exact: true });
  await expect(feed).toContainText('删除了评论');
  await expect(feed).not.toContainText('缺一页');
  await a.go(`/customers/${customerId}`);
  await expect(feed).toContainText('删除了评论');
  await expect(feed).not.toContainText('缺一页');
});

test('a deletion is not lost when its author leaves at once', async () => {
  await write(b, '马上走');
  await expect(comment(auditor, '马上走')).toBeVisible();
  await comment(b, '马上走').hover();
  await comment(b, '马上走').getByRole('button', { name: '删除评论' }).click();
  await b.page.goto('/login');
  await expect(comment(auditor, '马上走')).toHaveCount(0);
  await b.go(`/customers/${customerId}`);
});

test('a document is commented on from its place and beside it, and is reached from there', async () => {
  await a.pick('身份证正面', card);
  await expect(a.slot('身份证正面').getByRole('button', { name: /^查看/ })).toBeVisible();
  await a.choose('身份证正面', '评论这件资料');
  const onDocument = main(a).getByRole('textbox', { name: '写评论：身份证正面 · 身份证正面.jpg' });
  await expect(onDocument).toBeFocused();
  await onDocument.fill('左下角反光');
  await onDocument.press('Enter');
  await expect(field(a)).toHaveAccessibleName('写评论');

  const shown = comment(auditor, '左下角反光');
  await shown.getByRole('button', { name: /身份证正面\.jpg/ }).click();
  const preview = auditor.page.getByRole('dialog', { name: /身份证正面/ });
  await preview.getByRole('button', { name: '评论', exact: true }).click();
  const beside = preview.getByRole('group', { name: '评论', exact: true });
  await expect(beside.getByRole('listitem').filter({ hasText: '左下角反光' })).toBeVisible();
  await expect(beside).not.toContainText('下午三点后');
  await isClean(auditor, 'comments beside a document');
  const reply = preview.getByRole('textbox', { name: '写评论' });
  await reply.fill('j k 不影响看图');
  await reply.press('Enter');
  await expect(beside).toContainText('不影响看图');
  await expect(preview).toHaveAccessibleName(/身份证正面/);
  await expect(comment(a, '不影响看图')).toContainText('身份证正面.jpg');
  await auditor.page.keyboard.press('Escape');
});

test('an address leads to a document, and says so when a comment is gone', async () => {
  const [document] = (await a.workspace(customerId)).documents;
  await visit(b, `/customers/${customerId}?document=${document?.id}`);
  await expect(b.page.getByRole('dialog', { name: /身份证正面/ })).toBeVisible();
  const posted = await b.context.request.post(`/api/customers/${customerId}/comments`, {
    data: { body: '走了' },
  });
  const { id } = await posted.json();
  await b.context.request.delete(`/api/comments/${id}`);
  await visit(b, `/customers/${customerId}?comment=${id}`);
  await expect(toasts(b)).toContainText('这条评论已被删除');
});

test('the feed shows one kind, from its beginning on, and leads to the document', async () => {
  await tab(a, '全部').click();
  const feed = main(a).getByRole('group', { name: '动态', exact: true });
  await expect(feed).toContainText('创建了客户');
  await main(a).getByRole('combobox', { name: '筛选动态' }).selectOption({ label: '资料' });
  await expect(feed).not.toContainText('创建了客户');
  await expect(feed).toContainText('上传身份证正面');
  await feed.getByRole('button', { name: /上传身份证正面/ }).click();
  await expect(a.page.getByRole('dialog', { name: /身份证正面/ })).toBeVisible();
  await a.page.keyboard.press('Escape');
  await main(a).getByRole('combobox', { name: '筛选动态' }).selectOption({ label: '评论' });
  await expect(feed).not.toContainText('上传身份证正面');
  await feed.getByRole('button', { name: '写了评论' }).last().click();
  await expect(comment(a, '下午三点后')).toBeInViewport();
});

test('what is typed is still there after a reload', async () => {
  await field(a).fill('还没写完');
  await a.go(`/customers/${customerId}`);
  await expect(field(a)).toHaveValue('还没写完');
  await field(a).fill('');
});

test('at the review desk comments are at hand, and what one types there is no command', async () => {
  const { items } = await (await auditor.context.request.get('/api/review-queue')).json();
  const { id } = items.find((row: { claim: unknown }) => !row.claim).customer;
  const { page } = auditor;
  await visit(auditor, `/review/${id}`);
  await expect(page.getByRole('button', { name: '评论', exact: true })).toBeVisible();
  await a.context.request.post(`/api/customers/${id}/comments`, {
    data: { body: '优先看这件', mentions: [await idOf(auditor)] },
  });
  await expect(page.getByRole('button', { name: '评论，1 条新的' })).toBeVisible();
  await toasts(auditor).filter({ hasText: '提到了你' }).getByRole('button', { name: '查看' }).click();
  const talk = page.getByRole('region', { name: '评论', exact: true });
  await expect(talk).toContainText('优先看这件');
  expect(new URL(page.url()).pathname).toBe(`/review/${id}`);
  await expect(page.getByRole('button', { name: '评论', exact: true })).toHaveAttribute(
    'aria-expanded',
    'true',
  );

  const before = await (await auditor.context.request.get(`/api/customers/${id}/workspace`)).json();
  await talk.getByRole('button', { name: '评论这件资料' }).click();
  await page.keyboard.type(`a r 1 j ${CUSTOMER}`);
  await expect(talk.getByRole('textbox')).toHaveValue(`a r 1 j ${CUSTOMER}`);
  await isClean(auditor, 'comments at the desk');
  await page.keyboard.press('Enter');
  await expect(talk.getByRole('listitem').filter({ hasText: CUSTOMER })).toContainText('·');
  await page.keyboard.press('Escape');
  await expect(talk).toHaveCount(0);
  const after = await (await auditor.context.request.get(`/api/customers/${id}/workspace`)).json();
  const verdicts = (of: { documents: { verdict: string }[] }) => of.documents.map(({ verdict }) => verdict);
  expect(verdicts(after)).toEqual(verdicts(before));
  await auditor.context.request.post(`/api/customers/${id}/release`, {
    data: { version: after.customer.version },
  });
  await auditor.go(`/customers/${customerId}`);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing stands in the way on a phone, in English (${colorScheme})`, async ({ browser, baseURL }) => {
    const phone = await Desk.open(browser, 'staff1', {
      viewport: { width: 390, height: 844 },
      colorScheme,
      hasTouch: true,
      reducedMotion: 'reduce',
    });
    await phone.context.addCookies([{ name: 'locale', value: 'en', url: baseURL ?? '' }]);
    await visit(phone, '/customers');
    await main(phone)
      .getByRole('button', { name: /^Notifications/ })
      .click();
    await expect(phone.page.getByRole('dialog', { name: 'Notifications' })).toBeVisible();
    await isClean(phone, 'notifications');
    await visit(phone, `/customers/${customerId}`);
    await main(phone).getByRole('button', { name: 'Comments', exact: true }).click();
    const list = main(phone).getByRole('group', { name: 'Comments', exact: true });
    await expect(list.getByText('左下角反光')).toBeVisible();
    await isClean(phone, 'comments');
    const write = main(phone).getByRole('textbox', { name: 'Write a comment' });
    await write.fill('first');
    // On a phone Enter makes a new line; the button sends.
    await write.press('Enter');
    await write.pressSequentially(colorScheme);
    await main(phone).getByRole('button', { name: 'Send comment' }).click();
    await expect(write).toHaveValue('');
    await expect(
      list.getByRole('listitem').filter({ hasText: new RegExp(`first\\s+${colorScheme}`) }),
    ).toBeVisible();
    const [deleted] = await list.getByRole('button', { name: 'Delete comment' }).all();
    const box = await deleted?.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    await phone.close();
  });
}

test('many comments come page by page, and one among them is found at once', async () => {
  const ids: string[] = [];
  for (let n = 1; n <= 65; n += 1) {
    const posted = await b.context.request.post(`/api/customers/${customerId}/comments`, {
      data: { body: `第 ${n} 条` },
    });
    ids.push((await posted.json()).id);
  }
  await visit(b, `/customers/${customerId}`);
  await tab(b, '评论').click();
  await expect(comment(b, '第 65 条')).toBeInViewport();
  await expect(comment(b, '第 35 条')).toHaveCount(0);
  await comments(b).getByRole('button', { name: '加载更早的' }).click();
  await expect(comment(b, '第 35 条')).toHaveCount(1);
  // What was read stays where it was.
  await expect(comment(b, '第 36 条')).toBeInViewport();
  await b.page.goto('about:blank');
  await visit(b, `/customers/${customerId}?comment=${ids[0]}`);
  await expect(comment(b, '第 1 条')).toBeInViewport();

  await auditor.context.request.post(`/api/customers/${customerId}/comments`, {
    data: { body: '最新的一条' },
  });
  await expect(comment(b, '最新的一条')).not.toBeInViewport();
  await main(b).getByRole('button', { name: '1 条新评论' }).click();
  await expect(comment(b, '最新的一条')).toBeInViewport();
});

test('somebody whose account has ended since is no reason to lose a comment', async ({ browser }) => {
  const admin = await Desk.open(browser, 'admin');
  const username = `gone-${Date.now() % 100_000}`;
  const made = await admin.context.request.post('/api/users', {
    data: { username, displayName: '离职者', role: 'staff', password: 'a-password-for-tests' },
  });
  expect(made.status()).toBe(201);
  const { user } = await made.json();
  await visit(b, `/customers/${customerId}`);
  const ended = await admin.context.request.patch(`/api/users/${user.id}`, { data: { active: false } });
  expect(ended.status()).toBe(200);
  await tab(b, '评论').click();
  await write(b, '@离职者 的客户我接手');
  await expect(comment(b, '的客户我接手')).toBeVisible();
  await admin.close();
});

test('nobody had to reload to see all this', async () => {
  for (const desk of [auditor]) expect(await desk.isUnreloaded()).toBe(true);
});
