import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from '../../support/installation.ts';
import { message, start, stop } from '../../support/processes.ts';
import type { Figure } from '../figures.ts';
import { twelveMegapixels } from '../photographs.ts';
import { upload } from '../uploads.ts';

const PHOTOGRAPHS = 48;
/** Left out at the start, while the worker and its decoders come up. */
const WARM_UP = 8;
const CONCURRENCY = 2;

/** Row 4: thumbnails and previews of 12-megapixel photographs a second. */
export async function measurePreviews(installation: Installation): Promise<Figure[]> {
  const different = await Promise.all([0, 1, 2].map(twelveMegapixels));
  const photographs = Array.from({ length: PHOTOGRAPHS }, (_, n) =>
    Buffer.concat([different[n % different.length] as Buffer, Buffer.from(`${n}-${Math.random()}`)]),
  );
  const ours = await product(installation, photographs);
  const theirs = await bare(installation, photographs);
  return [
    {
      what: 'thumbnail and preview of 12-megapixel photographs',
      unit: '/s',
      product: ours,
      raw: theirs,
      bound: { kind: 'at least', ratio: 0.9 },
      note: `both ${CONCURRENCY} at once, one thread each, WebP effort 2; raw is sharp alone, which converts sRGB to sRGB`,
    },
  ];
}

async function product(installation: Installation, photographs: Buffer[]): Promise<number> {
  const server = await installation.openServer();
  const { id: customerId } = await server.createCustomer('照片', '13800000007');
  const url = `${server.origin}/api/customers/${customerId}/documents`;
  const headers = { cookie: server.cookie };
  for (const [n, content] of photographs.entries()) {
    await upload({ url, headers, filename: `photograph-${n}.jpg`, content });
  }
  const worker = installation.openWorker();
  let warmAt = 0;
  for (;;) {
    const { items } = (await (await fetch(url, { headers })).json()) as { items: { state: string }[] };
    const failed = items.filter((item) => item.state === 'failed').length;
    if (failed > 0) throw new Error(`${failed} previews failed`);
    const ready = items.filter((item) => item.state === 'ready').length;
    if (ready >= WARM_UP && warmAt === 0) warmAt = performance.now() - 1;
    if (ready === photographs.length) break;
    await new Promise((resolve) => setTimeout(resolve, warmAt === 0 ? 20 : 100));
  }
  const seconds = (performance.now() - warmAt) / 1000;
  await stop(worker);
  await server.close();
  return (photographs.length - WARM_UP) / seconds;
}

async function bare(installation: Installation, photographs: Buffer[]): Promise<number> {
  const folder = mkdtempSync(join(installation.dataDir, 'photographs-'));
  for (const [n, content] of photographs.entries()) writeFileSync(join(folder, `${n}.jpg`), content);
  const child = start('../load/raw/previews.ts', {
    FOLDER: folder,
    CONCURRENCY: String(CONCURRENCY),
    WARM_UP: String(WARM_UP),
  });
  const { rate } = await message<{ rate: number }>(child, (body) => typeof body.rate === 'number');
  await stop(child);
  return rate;
}
