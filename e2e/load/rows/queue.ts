import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from '@playwright/test';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { QueueBody } from '@qijian/domain/contract/api/review-queue.ts';
import postgres from 'postgres';
import { seedCustomers } from '../../fixtures/seed-customers.ts';
import type { Installation } from '../../support/installation.ts';
import { run } from '../../support/processes.ts';
import { startProduct } from '../../support/product.ts';
import type { Figure } from '../figures.ts';

const WAITING = 10_000;
const LOADED = 1_000;
const EVENTS_PER_SECOND = 20;
const SECONDS = 10;
/** The figure is that of the middle one: the machine has pauses of its own. */
const ROUNDS = 3;
/** Files that something happens to; each has a few things happen one after another. */
const BUSY = (EVENTS_PER_SECOND * SECONDS) / 5;
const LONG_MS = 50;
const VIEWER = { username: 'viewer', password: 'viewer-password-1' };
const COLLEAGUE = { username: 'operator', password: 'operator-password-1' };

/** Row 7: the auditors' queue with ten thousand files and a thousand rows loaded, worked in while colleagues are busy. */
export async function measureQueue(installation: Installation): Promise<Figure[]> {
  await seedWaiting(installation);
  await run('../../server/src/admin-create.ts', {
    ...installation.env,
    ADMIN_USERNAME: VIEWER.username,
    ADMIN_PASSWORD: VIEWER.password,
    ADMIN_DISPLAY_NAME: 'Viewer',
  });
  const { DATABASE_URL, REDIS_URL } = installation.env;
  // What is measured is the page of the auditor, whose computer is not the server.
  const product = await startProduct({ env: { DATABASE_URL, REDIS_URL }, givesWay: true });
  const executablePath = existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined;
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const viewport = { width: 1440, height: 900 };
    const context = await browser.newContext({ baseURL: product.address, viewport, locale: 'zh-CN' });
    await context.request.post('/api/auth/login', { data: VIEWER });
    const page = await context.newPage();
    const rows = page.locator('tr[data-customer]');
    const opened = performance.now();
    await page.goto('/review');
    await rows.first().waitFor();
    const openMs = performance.now() - opened;
    await page.getByText('已同步').waitFor();
    await loadMany(page);

    await work(page, 3);
    await page.evaluate(() => document.querySelector('.rq .tw')?.scrollTo(0, 0));

    const colleague = await openColleague(product.address);
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.evaluate(() => {
        const tasks: number[] = [];
        new PerformanceObserver((list) =>
          tasks.push(...list.getEntries().map((entry) => entry.duration)),
        ).observe({ type: 'longtask' });
        Object.assign(window, { longTasks: tasks });
      });
      const [, sent] = await Promise.all([work(page), colleague.beBusy()]);
      // What is counted follows within two seconds.
      if (!(await agrees(page, colleague.counts, 8_000)))
        throw new Error('the figures on the screen are not those of the server');
      const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
      rounds.push(Math.max(0, ...tasks));
      console.log(
        `queue: ${sent} events in ${SECONDS} s, ${await rows.count()} of ${LOADED}+ rows drawn, long tasks: ${
          tasks.length === 0 ? 'none' : tasks.map((ms) => `${Math.round(ms)} ms`).join(', ')
        }`,
      );
    }
    return [
      {
        what: `review queue, ${WAITING} files, ${EVENTS_PER_SECOND} events/s: longest task of the page (0: none over ${LONG_MS} ms)`,
        unit: 'ms',
        product: rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number,
        raw: LONG_MS,
        bound: { kind: 'at most', ratio: 1 },
        note: `${ROUNDS} rounds: ${rounds.join(', ')}; the server gives way to the page`,
      },
      {
        what: `review queue, ${WAITING} files: opened until its rows are there (bound 3,000 ms)`,
        unit: 'ms',
        product: openMs,
        raw: 3_000,
        bound: { kind: 'at most', ratio: 1 },
      },
    ];
  } finally {
    await browser.close();
    await product.remove();
  }
}

/** Files that have waited for up to five hours, a few of them for the second time. */
async function seedWaiting({ databaseUrl }: Installation): Promise<void> {
  await seedCustomers(databaseUrl, WAITING, 'reviewing');
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`
    update customers set submissions = 1 + (random() < 0.2)::int, submitted_by = owner_id,
      submitted_at = now() - random() * interval '5 hours' where status = 'reviewing'`;
  await sql`update customers set waiting_since = submitted_at where status = 'reviewing'`;
  await sql`vacuum analyze customers`;
  await sql.end();
}

/** Scrolls down until many rows have come, and up again. */
async function loadMany(page: Page): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const scroller = document.querySelector('.rq .tw');
      const rows = [...document.querySelectorAll('tr[data-customer]')];
      if (!scroller) return false;
      scroller.scrollTop = scroller.scrollHeight;
      return rows.some((row) => Number(row.getAttribute('aria-rowindex')) > wanted);
    },
    LOADED,
    { polling: 200, timeout: 60_000 },
  );
  await page.evaluate(() => document.querySelector('.rq .tw')?.scrollTo(0, 0));
  await sleep(1_000);
}

/** What an auditor does meanwhile: walks through the rows, scrolls, moves the pointer over them and away. */
async function work(page: Page, seconds = SECONDS): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  for (let step = 0; performance.now() < until; step += 1) {
    const phase = Math.floor(step / 12) % 3;
    if (phase === 0) await page.keyboard.press('j');
    else if (phase === 1) {
      await page.mouse.move(600, 300 + (step % 12) * 20);
      await page.mouse.wheel(0, 120);
    } else {
      await page.mouse.move(60, 700);
      await page.keyboard.press('k');
    }
    await sleep(200);
  }
}

async function openColleague(address: string) {
  const login = await fetch(`${address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(COLLEAGUE),
  });
  const cookie = (login.headers.getSetCookie()[0] as string).split(';')[0] as string;
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: { cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const queue = () => call<QueueBody>('GET', '/api/review-queue?pageSize=100');

  return {
    counts: async () => (await queue()).counts,
    /** Claims, changes, releases, removes and restores files that are on the screen; answers how many events that made. */
    async beBusy(): Promise<number> {
      const { items } = await queue();
      const versions = new Map(items.map(({ customer }) => [customer.id, customer.version]));
      const ids = [...versions.keys()].slice(0, BUSY);
      const change = async (id: string, method: string, path: string, body: object = {}) => {
        const customer = await call<Customer>(method, `/api/customers/${id}${path}`, body);
        versions.set(id, customer.version);
      };
      const note = (id: string, what: string) =>
        change(id, 'PATCH', '', { version: versions.get(id), note: `${what} at ${Date.now()}` });
      const things = [
        (id: string) => change(id, 'POST', '/claim'),
        (id: string) => note(id, 'changed'),
        (id: string) => change(id, 'POST', '/release'),
        (id: string) => change(id, 'POST', '/withdraw'),
        (id: string) => note(id, 'changed again'),
      ];
      const started = performance.now();
      // What happens to one file happens one after another, however long it takes.
      const under = new Map(ids.map((id) => [id, Promise.resolve()]));
      for (let n = 0; n < EVENTS_PER_SECOND * SECONDS; n += 1) {
        await sleep(Math.max(0, started + (n * 1_000) / EVENTS_PER_SECOND - performance.now()));
        const thing = things[Math.floor(n / BUSY)] as (typeof things)[0];
        const id = ids[n % BUSY] as string;
        const done = under.get(id)?.then(() => thing(id));
        // Thrown below, and not before somebody waits for it.
        done?.catch(() => {});
        under.set(id, done as Promise<void>);
      }
      await Promise.all(under.values());
      return EVENTS_PER_SECOND * SECONDS;
    },
  };
}

/** Whether the figures of the screen come to be those of the server. */
async function agrees(page: Page, counts: () => Promise<QueueBody['counts']>, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const { unclaimed, claimed } = await counts();
    const shown = await page.locator('.kpis dd').allTextContents();
    if (Number(shown[0]) === unclaimed && Number(shown[1]) === claimed) return true;
    await sleep(300);
  }
  return false;
}
