import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { cameraArguments, filmCamera } from '../../support/fake-camera.ts';
import { PORTAL_CODE, portalLink } from '../../support/portal-link.ts';
import { startProduct } from '../../support/product.ts';
import type { Figure } from '../figures.ts';

/** How many times slower the page's own thread is than this machine's. */
const SLOWER = [1, 4] as const;
const SECONDS = 8;
const BOUND = 10;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Row 7: pictures of the camera that the viewfinder judges in a second, on a film of a dark card that never releases it. */
export async function measureCamera(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'qijian-camera-'));
  const film = join(folder, 'dark.y4m');
  filmCamera(film, [{ scene: 'dark', seconds: 4 }]);
  const product = await startProduct();
  const browser = await chromium.launch({
    ...(existsSync('/usr/bin/chromium') ? { executablePath: '/usr/bin/chromium' } : {}),
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...cameraArguments(film)],
  });
  try {
    const url = await portalLink(browser, product.address);
    const phone = await browser.newContext({ ...PHONE, locale: 'zh-CN' });
    const page = await phone.newPage();
    // The viewfinder asks its worker about one picture after another: questions are counted.
    await page.addInitScript(() => {
      const counted = Object.assign(window, { judged: 0 });
      const ask = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, ...given: unknown[]) {
        counted.judged += 1;
        return Reflect.apply(ask, this, given);
      };
    });
    await page.goto(url);
    await page.getByRole('textbox').fill(PORTAL_CODE);
    await page.getByRole('link', { name: '身份证正面', exact: true }).click();
    await page.getByRole('button', { name: '打开相机' }).click();
    await page.locator('video').waitFor();
    const cdp = await phone.newCDPSession(page);
    const figures: Figure[] = [];
    for (const rate of SLOWER) {
      await cdp.send('Emulation.setCPUThrottlingRate', { rate });
      await page.waitForTimeout(2_000);
      const judged = () => page.evaluate(() => (window as unknown as { judged: number }).judged);
      const [before, begun] = [await judged(), performance.now()];
      await page.waitForTimeout(SECONDS * 1_000);
      const many = (await judged()) - before;
      figures.push({
        what: `camera pictures judged in a second, the page's thread ${rate} × slower (bound ${BOUND}/s)`,
        unit: '/s',
        product: (many * 1_000) / (performance.now() - begun),
        raw: BOUND,
        bound: { kind: 'at least', ratio: 1 },
        note: 'film decoded and drawn by the processor',
      });
    }
    return figures;
  } finally {
    await browser.close();
    await product.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
