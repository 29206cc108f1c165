const COMPRESSIBLE = ['image/jpeg', 'image/png', 'image/webp'];
/** Below this a picture is sent as it is. */
const SMALL = 300 * 1024;

let worker: Worker | undefined;
let next = 1;

/** A smaller picture with the same content, upright; the file itself where it would not get smaller. */
export async function compress(file: Blob): Promise<Blob> {
  if (!COMPRESSIBLE.includes(file.type) || file.size < SMALL) return file;
  if (typeof OffscreenCanvas === 'undefined') return file;
  worker ??= new Worker(new URL('./compress.worker.ts', import.meta.url), { type: 'module' });
  const used = worker;
  const id = next++;
  const result = await new Promise<Blob | null>((resolve) => {
    const onMessage = ({ data }: MessageEvent<{ id: number; result: Blob | null }>) => {
      if (data.id !== id) return;
      used.removeEventListener('message', onMessage);
      resolve(data.result);
    };
    used.addEventListener('message', onMessage);
    used.addEventListener('error', () => resolve(null), { once: true });
    used.postMessage({ id, file });
  });
  return result ?? file;
}
