import { prefetch } from '#lib/api.ts';
import qualityWorker from '#lib/features/capture/quality.worker.ts?worker&url';
import compressWorker from '#lib/features/documents/compress.worker.ts?worker&url';
import { preloadCode } from '$app/navigation';

const PAGES = ['/p/[type]', '/p/uploads', '/p/done'] as const;
const FILES = [compressWorker, qualityWorker, '/samples.svg'];
/** The page itself is painted first; Safari does not say when it has nothing to do. */
const AFTER_MS = 300;
const AGAIN_MS = 10_000;

/**
 * Fetches everything that taking, looking at, keeping and sending a photograph needs, while there is a network: it may
 * be gone by then. Calls `ready` once all of it is there; answers how to give up.
 */
export function preloadCapture(ready: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  async function run() {
    clearTimeout(timer);
    try {
      await Promise.all([
        ...PAGES.map((page) => preloadCode(page)),
        import('./Chosen.svelte'),
        import('./LeaveDialog.svelte'),
        import('#lib/features/capture/Viewfinder.svelte'),
        import('#lib/features/documents/compress.ts'),
        import('#lib/features/documents/tus.ts'),
        ...FILES.map((file) => prefetch(file)),
      ]);
      stop();
      ready();
    } catch {
      if (!isOver) timer = setTimeout(() => void run(), AGAIN_MS);
    }
  }
  function stop() {
    isOver = true;
    clearTimeout(timer);
    window.removeEventListener('online', run);
  }
  window.addEventListener('online', run);
  timer = setTimeout(() => void run(), AFTER_MS);
  return stop;
}
