import { readPreviewPlaces } from '@qijian/db/queries/document-previews.ts';
import { JOBS, type JobData, type JobName, type Lane } from '@qijian/domain/contract/jobs.ts';
import { UnrecoverableError } from 'bullmq';
import { Value } from 'typebox/value';
import { makePreview } from './handlers/make-preview.ts';
import { recalculateAll } from './handlers/recalculate-all.ts';
import { renderPage } from './handlers/render-page.ts';
import type { Services } from './services.ts';

/** `heavy`: it takes longer than the quick lane allows. */
export type Ended = 'done' | 'heavy';

type Handlers = { [N in JobName]: (services: Services, data: JobData<N>, lane: Lane) => Promise<Ended> };

/** What is done for each job; the compiler asks for one handler per declared job. */
const HANDLERS: Handlers = {
  async 'document.make-preview'(services, data, lane) {
    const ended = await makePreview(services, data, lane);
    if (ended === 'done') await services.announce();
    return ended === 'heavy' ? 'heavy' : 'done';
  },
  'document.render-page': renderPage,
  async 'catalog.recalculate-all'(services, data) {
    await recalculateAll(services, data);
    return 'done';
  },
};

/** Runs one job, or passes it on to the slow lane; data that does not fit its declaration fails for good. */
export async function handle(services: Services, name: string, data: unknown, lane: Lane): Promise<void> {
  if (!Object.hasOwn(HANDLERS, name)) throw new UnrecoverableError(`There is no job ${name}`);
  const job = name as JobName;
  if (!Value.Check(JOBS[job].data, data)) throw new UnrecoverableError(`The data of ${job} is not valid`);
  const ended = await HANDLERS[job](services, data as never, lane);
  if (ended === 'done') return;
  const [waiting] = await readPreviewPlaces(services.db, [(data as { documentId: string }).documentId]);
  await services.enqueue(job, data as never, { place: { heavy: true, behind: waiting?.behind ?? 0 } });
}
