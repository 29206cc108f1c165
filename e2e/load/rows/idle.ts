import type { Figure } from '../figures.ts';
import { message, residentMb, start, stop } from '../processes.ts';
import { openRaw, openServer, type Services } from '../product.ts';

const FIRST = 300;
const MORE = 1500;

/** Row 6: what one more idle connection, subscribed to the list, keeps in the server's memory. */
export async function measureIdle(services: Services): Promise<Figure[]> {
  const server = await openServer(services);
  const ours = await kilobytesEach(server.pid, {
    url: server.origin,
    cookie: server.cookie,
    stream: 'customers',
  });
  await server.close();
  const raw = await openRaw(services);
  const theirs = await kilobytesEach(raw.pid, { url: raw.origin, cookie: '', stream: null });
  await raw.close();
  return [
    {
      what: 'one idle live connection',
      unit: 'KB',
      product: ours,
      raw: theirs,
      bound: { kind: 'at most', ratio: 1.3 },
    },
  ];
}

async function kilobytesEach(pid: number, target: { url: string; cookie: string; stream: string | null }) {
  const viewers = start('./viewers.ts', {});
  const open = async (many: number) => {
    const opened = message<{ kind: string }>(viewers, (body) => body.kind === 'opened');
    viewers.send({ kind: 'open', ...target, many });
    await opened;
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    return residentMb(pid);
  };
  const before = await open(FIRST);
  const after = await open(MORE);
  await stop(viewers);
  return ((after - before) * 1024) / MORE;
}
