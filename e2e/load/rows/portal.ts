import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type BrowserContext, chromium } from '@playwright/test';
import { namedScripts } from '../../support/named-scripts.ts';
import { PORTAL_CODE, portalLink } from '../../support/portal-link.ts';
import { startProduct } from '../../support/product.ts';
import type { Figure } from '../figures.ts';

/** Lighthouse's preset for phones, as it is applied: slow 4G and a processor four times slower. */
const NETWORK = {
  offline: false,
  latency: 150 * 3.75,
  downloadThroughput: (1.6 * 1024 * 1024 * 0.9) / 8,
  uploadThroughput: (750 * 1024 * 0.9) / 8,
};
const SLOWER = 4;
/** The browser makes its new tab ready meanwhile; Lighthouse waits for that as well. */
const TAB_MS = 1_500;
const RUNS = 5;
const PHONE = {
  viewport: { width: 412, height: 823 },
  deviceScaleFactor: 1.75,
  isMobile: true,
  hasTouch: true,
};

interface View {
  /** Code that the page names itself. */
  scriptKb: number;
  /** With what is loaded on demand afterwards: the live connection. */
  allScriptKb: number;
  fcpMs: number;
  lcpMs: number;
}

/** Row 6: the customer's first view on a phone, before and after the check: weight of its code, and when it is there. */
export async function measurePortal(): Promise<Figure[]> {
  const product = await startProduct();
  const executablePath = existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined;
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const token = new URL(await portalLink(browser, product.address)).hash.slice(1);

    const views: Record<'check' | 'checklist', View[]> = { check: [], checklist: [] };
    for (let run = 0; run < RUNS; run++) {
      const phone = await browser.newContext({ ...PHONE, baseURL: product.address });
      views.check.push(await view(phone, `/p#${token}`));
      await phone.clearCookies();
      await phone.request.post('/api/portal/session', { data: { token, code: PORTAL_CODE } });
      const again = await browser.newContext({
        ...PHONE,
        baseURL: product.address,
        storageState: await phone.storageState(),
      });
      views.checklist.push(await view(again, '/p'));
      await Promise.all([phone.close(), again.close()]);
    }
    return Object.entries(views).flatMap(([name, runs]) => {
      const middle = (of: keyof View) =>
        runs.map((run) => run[of]).sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
      return [
        {
          ...figure(`customer's page, ${name}: JavaScript, gzip`, 'KB', middle('scriptKb'), 80),
          note: `${middle('allScriptKb').toFixed(1)} KB with what is loaded on demand`,
        },
        figure(`customer's page, ${name}: first contentful paint, slow phone`, 'ms', middle('fcpMs'), 1_500),
        figure(
          `customer's page, ${name}: largest contentful paint, slow phone`,
          'ms',
          middle('lcpMs'),
          2_000,
        ),
      ];
    });
  } finally {
    await browser.close();
    await product.remove();
  }
}

const figure = (what: string, unit: string, product: number, limit: number): Figure => ({
  what: `${what} (bound ${limit} ${unit})`,
  unit,
  product,
  raw: limit,
  bound: { kind: 'at most', ratio: 1 },
});

/** One visit with nothing in the cache. */
async function view(context: BrowserContext, path: string): Promise<View> {
  const page = await context.newPage();
  await sleep(TAB_MS);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', NETWORK);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const scripts = new Map<string, Promise<Buffer>>();
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script')
      scripts.set(
        response.url(),
        response.body().catch(() => Buffer.alloc(0)),
      );
  });
  const html = page
    .waitForResponse((response) => response.request().isNavigationRequest())
    .then((response) => response.text());
  await page.goto(path, { waitUntil: 'networkidle', timeout: 60_000 }).catch(() => {});
  const { fcpMs, lcpMs } = await page.evaluate(
    () =>
      new Promise<{ fcpMs: number; lcpMs: number }>((resolve) => {
        const fcpMs = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
        new PerformanceObserver((list) =>
          resolve({ fcpMs, lcpMs: list.getEntries().at(-1)?.startTime ?? Number.NaN }),
        ).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  const named = namedScripts(await html).map((path) => new URL(path, page.url()).href);
  const kilobytes = async (urls: Iterable<string>) => {
    let sum = 0;
    for (const url of urls) sum += gzipSync((await scripts.get(url)) ?? Buffer.alloc(0)).length;
    return sum / 1024;
  };
  const [scriptKb, allScriptKb] = [await kilobytes(named), await kilobytes(scripts.keys())];
  await page.close();
  return { scriptKb, allScriptKb, fcpMs, lcpMs };
}
