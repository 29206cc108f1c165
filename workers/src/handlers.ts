import { JOBS, type JobData, type JobName } from '@qijian/domain/contract/jobs.ts';
import { UnrecoverableError } from 'bullmq';
import { Value } from 'typebox/value';
import { makePreview } from './handlers/make-preview.ts';
import { recalculateAll } from './handlers/recalculate-all.ts';
import { renderPage } from './handlers/render-page.ts';
import type { Services } from './services.ts';

type Handlers = { [N in JobName]: (services: Services, data: JobData<N>) => Promise<void> };

/** What is done for each job; the compiler asks for one handler per declared job. */
const HANDLERS: Handlers = {
  async 'document.make-preview'(services, data) {
    if (await makePreview(services, data)) await services.announce();
  },
  'document.render-page': renderPage,
  'catalog.recalculate-all': recalculateAll,
};

/** Runs one job; data that does not fit its declaration fails for good. */
export async function handle(services: Services, name: string, data: unknown): Promise<void> {
  if (!Object.hasOwn(HANDLERS, name)) throw new UnrecoverableError(`There is no job ${name}`);
  const job = name as JobName;
  if (!Value.Check(JOBS[job].data, data)) throw new UnrecoverableError(`The data of ${job} is not valid`);
  await HANDLERS[job](services, data as never);
}
