import { randomBytes } from 'node:crypto';
import type { Installation } from '../../support/installation.ts';
import { cpuSeconds, residentMb } from '../../support/processes.ts';
import type { Figure } from '../figures.ts';
import { openRaw } from '../raw/open-raw.ts';
import { sustain, upload } from '../uploads.ts';

const LANES = 8;
const SECONDS = 15;
const JPEG_START = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const FIVE_MB = Buffer.concat([JPEG_START, randomBytes(5 * 1024 * 1024 - JPEG_START.length)]);

/** Row 3: uploads of 5 MB, eight at once, each durable before its answer: rate, CPU and memory of the server. */
export async function measureUploads(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  const customers = await Promise.all(
    Array.from({ length: LANES }, (_, n) => server.createCustomer('上传', `1380000010${n}`)),
  );
  const ours = await load(server.pid, (n) => ({
    url: `${server.origin}/api/customers/${customers[n % LANES]?.id}/documents`,
    headers: { cookie: server.cookie },
  }));
  await server.close();

  const raw = await openRaw(installation);
  const theirs = await load(raw.pid, () => ({ url: `${raw.origin}/upload`, headers: {} }));
  await raw.close();

  const note = 'no worker on either side';
  return [
    {
      what: '5 MB uploads, 8 at once',
      unit: '/s',
      product: ours.rate,
      raw: theirs.rate,
      bound: { kind: 'at least', ratio: 0.6 },
      note,
    },
    {
      what: 'server CPU for one 5 MB upload',
      unit: 'ms',
      product: ours.cpuMs,
      raw: theirs.cpuMs,
      bound: { kind: 'at most', ratio: 1.5 },
    },
    {
      what: 'peak memory of the server meanwhile (bound 250 MB)',
      unit: 'MB',
      product: ours.peakMb,
      raw: theirs.peakMb,
      bound: { kind: 'at most', ratio: 250 / theirs.peakMb },
      note: `second half ÷ first half of the run: ${(ours.lateMb / ours.earlyMb).toFixed(2)}`,
    },
  ];
}

async function load(pid: number, target: (n: number) => { url: string; headers: Record<string, string> }) {
  const send = (n: number) =>
    upload({
      ...target(n),
      filename: `large-${n}.jpg`,
      content: Buffer.concat([FIVE_MB, Buffer.from(`${n}-${Math.random()}`)]),
    });
  await sustain(LANES, 3, send);
  const memory: number[] = [];
  const timer = setInterval(() => memory.push(residentMb(pid)), 100);
  const cpuBefore = cpuSeconds(pid);
  const { done, seconds } = await sustain(LANES, SECONDS, send);
  const cpu = cpuSeconds(pid) - cpuBefore;
  clearInterval(timer);
  const half = Math.floor(memory.length / 2);
  return {
    rate: done / seconds,
    cpuMs: (cpu * 1000) / done,
    peakMb: Math.max(...memory),
    earlyMb: Math.max(...memory.slice(0, half)),
    lateMb: Math.max(...memory.slice(half)),
  };
}
