import type { Installation } from '../../support/installation.ts';
import { message, start, stop } from '../../support/processes.ts';
import { type Figure, percentile } from '../figures.ts';
import { openRaw } from '../raw/open-raw.ts';
import { sustain, upload } from '../uploads.ts';

export const VIEWERS = 500;
const WARM_UP = 30;
const UPLOADS = 200;
const TURNS = 4;
const TURN_SECONDS = 4;

/** Whom files are sent to, and whose viewers are counted. */
export interface Side {
  url: string;
  origin: string;
  headers: Record<string, string>;
  stream: string | null;
}

/** Rows 1 and 2: a 200 KB upload until the last of 500 viewers has its event, and deliveries a second sustained. */
export async function measureLive(installation: Installation, picture: Buffer): Promise<Figure[]> {
  const { server, worker, product, sample } = await openProduct(installation, picture);
  const ours = await latency(product, picture);
  await stop(worker);

  const raw = await openRaw(installation, sample);
  const bare: Side = { origin: raw.origin, url: `${raw.origin}/upload`, headers: {}, stream: null };
  const theirs = await latency(bare, picture);
  const [oursSustained, theirsSustained] = await sustained([product, bare], picture);
  await Promise.all([server.close(), raw.close()]);

  return [
    {
      what: `200 KB upload → last of ${VIEWERS} viewers, p50`,
      unit: 'ms',
      product: percentile(ours, 50),
      raw: percentile(theirs, 50),
      bound: { kind: 'at most', ratio: 1.5 },
    },
    {
      what: `200 KB upload → last of ${VIEWERS} viewers, p99`,
      unit: 'ms',
      product: percentile(ours, 99),
      raw: percentile(theirs, 99),
      bound: { kind: 'at most', ratio: 1.5 },
    },
    {
      what: `deliveries to ${VIEWERS} viewers, 8 uploaders`,
      unit: '/s',
      product: oursSustained,
      raw: theirsSustained,
      bound: { kind: 'at least', ratio: 0.85 },
      note: 'no worker on either side',
    },
  ];
}

/** A server with its worker, a customer to send files to, and an event as it sends them. */
export async function openProduct(installation: Installation, picture: Buffer) {
  const server = await installation.openServer();
  const worker = installation.openWorker();
  const { id: customerId } = await server.createCustomer('直播', '13800000001');
  const product: Side = {
    origin: server.origin,
    url: `${server.origin}/api/customers/${customerId}/documents`,
    headers: { cookie: server.cookie },
    stream: `customer:${customerId}`,
  };
  const sample = await sampleEvent(product, server.cookie, customerId, picture);
  return { server, worker, product, sample };
}

/** The body of a real event, so that the raw server broadcasts the same number of bytes. */
async function sampleEvent(
  side: Side,
  cookie: string,
  customerId: string,
  picture: Buffer,
): Promise<unknown> {
  await upload({ ...side, filename: 'sample.jpg', content: picture });
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(`${side.origin}/api/customers/${customerId}/events?limit=50`, {
      headers: { cookie },
    });
    const { events } = (await response.json()) as { events: { type: string }[] };
    const event = events.find((candidate) => candidate.type === 'document.added');
    if (event) return event;
    // It has not been numbered yet.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no document.added in the log');
}

export async function openViewers(side: Side) {
  const viewers = start('../load/viewers.ts', {});
  const opened = message<{ kind: string }>(viewers, (body) => body.kind === 'opened');
  viewers.send({
    kind: 'open',
    url: side.origin,
    cookie: side.headers.cookie,
    stream: side.stream,
    many: VIEWERS,
  });
  await opened;
  return viewers;
}

async function latency(side: Side, picture: Buffer): Promise<number[]> {
  const viewers = await openViewers(side);
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + UPLOADS; n++) {
    const filename = `latency-${n}.jpg`;
    const reachesAll = (key: string) =>
      message<{ kind: string; key: string; at: string }>(
        viewers,
        (body) => body.kind === 'all' && body.key === key,
      );
    const all = reachesAll(filename);
    // One upload at a time is what is measured: the next begins when the product's worker is done with this one.
    const ready = side.stream ? reachesAll(`${filename} ready`) : undefined;
    const content = Buffer.concat([picture, Buffer.from(`${n}-${Math.random()}`)]);
    const started = process.hrtime.bigint();
    await upload({ ...side, filename, content });
    const { at } = await all;
    if (n >= WARM_UP) times.push(Number(BigInt(at) - started) / 1e6);
    await ready;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await stop(viewers);
  return times;
}

/** Deliveries a second of both, measured by turns after one to warm up: a machine that is faster for a while is so for both. */
async function sustained(sides: [Side, Side], picture: Buffer): Promise<[number, number]> {
  const rates = sides.map(() => ({ deliveries: 0, seconds: 0 }));
  const viewers = await Promise.all(sides.map(openViewers));
  const count = async (watching: (typeof viewers)[number]) => {
    const counted = message<{ kind: string; deliveries: number }>(
      watching,
      (body) => body.kind === 'counted',
    );
    watching.send({ kind: 'count' });
    return (await counted).deliveries;
  };
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [index, side] of sides.entries()) {
      const [watching, rate] = [viewers[index], rates[index]];
      if (!watching || !rate) continue;
      const before = await count(watching);
      const { seconds } = await sustain(8, TURN_SECONDS, (n) =>
        upload({
          ...side,
          filename: `sustained-${turn}-${n}.jpg`,
          content: Buffer.concat([picture, Buffer.from(`${turn}-${n}-${Math.random()}`)]),
        }),
      );
      const deliveries = (await count(watching)) - before;
      if (turn === 0) continue;
      rate.deliveries += deliveries;
      rate.seconds += seconds;
    }
  }
  await Promise.all(viewers.map(stop));
  const [ours = 0, theirs = 0] = rates.map(({ deliveries, seconds }) => deliveries / seconds);
  return [ours, theirs];
}
