import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from '../support/processes.ts';

/** Where a Node process that is told to opens its inspector. */
const INSPECTOR = 'http://127.0.0.1:9229/json';

/** Resident memory of a Node process in MB once its garbage is collected: what it keeps, not when it last collected. */
export async function settledMb(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR1');
  const inspector = new WebSocket(await debuggerOf());
  const answered = new Map<number, (result: { result?: { value?: unknown } }) => void>();
  inspector.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(data);
    answered.get(id)?.(result);
  });
  await new Promise((resolve) => inspector.addEventListener('open', resolve, { once: true }));
  const ask = (id: number, method: string, params = {}) =>
    new Promise<{ result?: { value?: unknown } }>((resolve) => {
      answered.set(id, resolve);
      inspector.send(JSON.stringify({ id, method, params }));
    });
  const { result } = await ask(1, 'Runtime.evaluate', { expression: 'process.pid' });
  if (result?.value !== pid)
    throw new Error(`${INSPECTOR} belongs to process ${result?.value}, not to ${pid}`);
  await ask(2, 'HeapProfiler.collectGarbage');
  await ask(3, 'HeapProfiler.collectGarbage');
  inspector.close();
  // Pages are given back by a thread of V8's own.
  await sleep(2_000);
  return residentMb(pid);
}

async function debuggerOf(): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const targets = await fetch(INSPECTOR).then(
      (response) => response.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
      () => [],
    );
    if (targets[0]) return targets[0].webSocketDebuggerUrl;
    await sleep(50);
  }
  throw new Error(`no inspector at ${INSPECTOR}`);
}
