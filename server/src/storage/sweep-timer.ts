import { sweepFiles } from '@qijian/db/files/sweep.ts';
import type { FastifyInstance } from 'fastify';

const EVERY = 60 * 60_000;
const FIRST_AFTER = 60_000;

/** Sweeps files that nothing refers to, soon after the start and then every hour. */
export function registerSweep(app: FastifyInstance): void {
  const sweep = async () => {
    try {
      const removed = await sweepFiles(app.db, app.storage);
      if (removed > 0) app.log.info({ removed }, 'swept files without a document');
    } catch (error) {
      app.log.warn({ err: error }, 'sweeping files failed');
    }
  };
  const first = setTimeout(sweep, FIRST_AFTER).unref();
  const timer = setInterval(sweep, EVERY).unref();
  app.addHook('onClose', async () => {
    clearTimeout(first);
    clearInterval(timer);
  });
}
