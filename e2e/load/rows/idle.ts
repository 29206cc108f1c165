import type { Installation } from '../../support/installation.ts';
import { message, start, stop } from '../../support/processes.ts';
import type { Figure } from '../figures.ts';
import { openRaw } from '../raw/open-raw.ts';
import { settledMb } from '../settled-memory.ts';

const FIRST = 300;
const MORE = 1500;

/** Row 6: what one more idle connection, subscribed to the list, keeps in the server's memory. */
export async function measureIdle(installation: Installation): Promise<Figure[]> {
  const server = await installation.openServer();
  const ours = await kilobytesEach(server.pid, {
    url: server.origin,
    cookie: server.cookie,
    stream: 'customers',
  });
  await server.close();
  const raw = await openRaw(installation);
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
  const viewers = start('../load/viewers.ts', {});
  const open = async (many: number) => {
    const opened = message<{ kind: string }>(viewers, (body) => body.kind === 'opened');
    viewers.send({ kind: 'open', ...target, many });
    await opened;
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    return settledMb(pid);
  };
  const before = await open(FIRST);
  const after = await open(MORE);
  await stop(viewers);
  return ((after - before) * 1024) / MORE;
}
