import type { Installation } from '../../support/installation.ts';
import { message, stop } from '../../support/processes.ts';
import { type Figure, percentile } from '../figures.ts';
import { openRaw } from '../raw/open-raw.ts';
import { upload } from '../uploads.ts';
import { openProduct, openViewers, type Side, VIEWERS } from './live.ts';

const WARM_UP = 20;
const UPLOADS = 150;

/**
 * Row 2b: one 200 KB upload after another while a worker makes the preview of each on the same cores. The raw server has
 * no worker: the ratio says what previews cost those who wait for a file.
 */
export async function measureWithWorker(installation: Installation, picture: Buffer): Promise<Figure[]> {
  const { server, worker, product, sample } = await openProduct(installation, picture);
  const ours = await oneAfterAnother(product, picture);
  await stop(worker);
  const raw = await openRaw(installation, sample);
  const theirs = await oneAfterAnother(
    { origin: raw.origin, url: `${raw.origin}/upload`, headers: {}, stream: null },
    picture,
  );
  await Promise.all([server.close(), raw.close()]);
  return [
    {
      what: `a worker at work: 200 KB upload → last of ${VIEWERS} viewers, p50`,
      unit: 'ms',
      product: percentile(ours.times, 50),
      raw: percentile(theirs.times, 50),
      bound: { kind: 'at most', ratio: 2 },
      note: 'raw without a worker',
    },
    {
      what: `a worker at work: deliveries of new files to ${VIEWERS} viewers`,
      unit: '/s',
      product: ours.deliveries,
      raw: theirs.deliveries,
      bound: { kind: 'at least', ratio: 0.45 },
      note: 'raw without a worker',
    },
  ];
}

/** From each upload to its last viewer, in milliseconds, and deliveries a second of all. */
async function oneAfterAnother(
  side: Side,
  picture: Buffer,
): Promise<{ times: number[]; deliveries: number }> {
  const viewers = await openViewers(side);
  // As many files as are under way are waited for.
  viewers.setMaxListeners(0);
  const times: number[] = [];
  const arrivals: Promise<void>[] = [];
  let began = process.hrtime.bigint();
  for (let n = 0; n < WARM_UP + UPLOADS; n += 1) {
    if (n === WARM_UP) {
      await Promise.all(arrivals);
      began = process.hrtime.bigint();
    }
    const filename = `worker-${n}.jpg`;
    const content = Buffer.concat([picture, Buffer.from(`${n}-${Math.random()}`)]);
    const started = process.hrtime.bigint();
    const seen = reachesAll(viewers, filename).then((at) => {
      if (n >= WARM_UP) times.push(Number(at - started) / 1e6);
    });
    arrivals.push(seen);
    await upload({ ...side, filename, content });
  }
  await Promise.all(arrivals);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await stop(viewers);
  return { times, deliveries: (UPLOADS * VIEWERS) / seconds };
}

/** When the last viewer has had the event of a file, by the machine's monotonic clock. */
async function reachesAll(viewers: Awaited<ReturnType<typeof openViewers>>, key: string): Promise<bigint> {
  const { at } = await message<{ kind: string; key: string; at: string }>(
    viewers,
    (body) => body.kind === 'all' && body.key === key,
  );
  return BigInt(at);
}
