import { hostileFiles } from '../../fixtures/hostile-files.ts';
import type { Installation, Server } from '../../support/installation.ts';
import { stop } from '../../support/processes.ts';
import type { Figure } from '../figures.ts';
import { twelveMegapixels } from '../photographs.ts';
import { upload } from '../uploads.ts';

const HEAVY = 8;
const BOUND_SECONDS = 3;

/** Seconds until a photograph is ready while one customer's eight PDFs, each of which takes all the time it may, are opened. */
export async function measureFair(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  const worker = installation.openWorker();
  const [flooded, other] = [
    await server.createCustomer('洪水', '13800000311'),
    await server.createCustomer('同事', '13800000312'),
  ];
  const heavy = hostileFiles().find(({ filename }) => filename === 'laughs.pdf')?.content as Uint8Array;
  const photographs = await Promise.all([0, 1].map(twelveMegapixels));
  // The worker and its decoders come up with the first.
  await send(server, other.id, 'first.jpg', photographs[0] as Buffer);
  await ready(server, other.id, 1);
  for (let n = 0; n < HEAVY; n++) {
    await send(server, flooded.id, `heavy-${n}.pdf`, Buffer.concat([heavy, Buffer.from(`\n%${n}`)]));
  }
  await send(server, other.id, 'second.jpg', photographs[1] as Buffer);
  const began = performance.now();
  await ready(server, other.id, 2);
  const seconds = (performance.now() - began) / 1000;
  await stop(worker);
  await server.close();
  return [
    {
      what: `a photograph behind ${HEAVY} heavy PDFs of another customer, until it is ready`,
      unit: 's',
      product: seconds,
      raw: BOUND_SECONDS,
      bound: { kind: 'at most', ratio: 1 },
      note: 'raw is the bound',
    },
  ];
}

const send = (server: Server, customerId: string, filename: string, content: Buffer) =>
  upload({
    url: `${server.origin}/api/customers/${customerId}/documents`,
    headers: { cookie: server.cookie },
    filename,
    content,
  });

async function ready(server: Server, customerId: string, count: number): Promise<void> {
  for (;;) {
    const { items } = await server.get(`/api/customers/${customerId}/documents`);
    if (items.filter((item: { state: string }) => item.state === 'ready').length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
