import { type Installation, openInstallation } from '../support/installation.ts';
import { stopAll } from '../support/processes.ts';
import { type Figure, isReached, print, write } from './figures.ts';
import { photograph } from './photographs.ts';
import { measureCamera } from './rows/camera.ts';
import { measureFair } from './rows/fair.ts';
import { measureIdle } from './rows/idle.ts';
import { measureList } from './rows/list.ts';
import { measureLive } from './rows/live.ts';
import { measureMemory } from './rows/memory.ts';
import { measureOneUpload } from './rows/one-upload.ts';
import { measurePortal } from './rows/portal.ts';
import { measurePreviews } from './rows/previews.ts';
import { measureQueue } from './rows/queue.ts';
import { measureUploads } from './rows/uploads.ts';
import { measureWithWorker } from './rows/with-worker.ts';

/**
 * `npm run bench [-- live worker one-upload uploads previews idle list portal camera queue fair memory]`: every figure beside the raw limit measured in the same run.
 * The machine's speed cancels out in the ratios; the table says which are reached.
 */
const rows = {
  live: async (installation: Installation) => measureLive(installation, await photograph(200)),
  worker: async (installation: Installation) => measureWithWorker(installation, await photograph(200)),
  'one-upload': async (installation: Installation) => measureOneUpload(installation, await photograph(200)),
  uploads: measureUploads,
  previews: measurePreviews,
  idle: measureIdle,
  list: measureList,
  portal: measurePortal,
  camera: measureCamera,
  queue: measureQueue,
  fair: measureFair,
  memory: measureMemory,
};

const wanted = process.argv.slice(2);
const figures: Figure[] = [];
const failed: string[] = [];
try {
  for (const [name, measure] of Object.entries(rows)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`${name} …`);
    const installation = await openInstallation();
    try {
      const measured = await measure(installation);
      print(measured);
      figures.push(...measured);
      write(new URL('../results/bench.json', import.meta.url).href, figures);
    } catch (error) {
      console.error(`${name} could not be measured:`, error);
      failed.push(name);
    } finally {
      await stopAll();
      await installation.close();
    }
  }
} finally {
  await stopAll();
}
if (failed.length > 0) console.error(`Not measured: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 || figures.some((figure) => isReached(figure) === false) ? 1 : 0;
