import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';

const PATIENCE_MS = 10_000;
const LOOKS = 20;

/**
 * Ends this process when its event loop stands, so that whoever supervises it starts it again. It counts looks rather
 * than reads a clock: a suspended machine stops both sides. Whoever debugs may stand as long as they like.
 */
export function startWatchdog(patienceMs = PATIENCE_MS): void {
  const everyMs = patienceMs / LOOKS;
  const signs = new Int32Array(new SharedArrayBuffer(8));
  const beat = () => {
    Atomics.add(signs, 0, 1);
    Atomics.store(signs, 1, debuggerUrl() ? 1 : 0);
  };
  beat();
  setInterval(beat, everyMs).unref();
  const watcher = new Worker(WATCH, {
    eval: true,
    workerData: { signs, everyMs, looks: LOOKS },
    execArgv: [],
  });
  watcher.unref();
}

/** Runs beside the loop it watches; SIGKILL, because a standing loop hears nothing else. */
const WATCH = `
const { signs, everyMs, looks } = require('node:worker_threads').workerData;
let last = 0;
let same = 0;
setInterval(() => {
  const now = Atomics.load(signs, 0);
  same = now === last ? same + 1 : 0;
  last = now;
  if (same < looks || Atomics.load(signs, 1)) return;
  require('node:fs').writeSync(2, 'the event loop stood; this process ends to be started again\\n');
  process.kill(process.pid, 'SIGKILL');
}, everyMs);
`;
