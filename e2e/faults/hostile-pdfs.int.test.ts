import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { sniffFileKind } from '@qijian/domain/rules/file-kinds.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileFiles, hostileFurtherPages } from '../fixtures/hostile-files.ts';
import { samplePdf } from '../fixtures/sample-files.ts';
import { type Installation, openInstallation, type Server } from '../support/installation.ts';

const PDFS = hostileFiles().flatMap(({ what, filename, content, outcome }) =>
  'failure' in outcome && sniffFileKind(content) === 'application/pdf'
    ? [{ what, filename, content, outcomes: outcome.failure }]
    : [],
);
/** A decoder has ten seconds, and others may be before it. */
const PATIENCE_MS = 40_000;

/** Server and worker are the real ones; the worker is never started again. */
describe('a hostile PDF', () => {
  let product: Installation;
  let server: Server;
  let worker: ChildProcess;
  let customerId: string;

  beforeAll(async () => {
    product = await openInstallation();
    worker = product.openWorker();
    server = await product.openServer();
    customerId = (await server.createCustomer('恶意文件', '13900000099')).id;
  }, 120_000);
  afterAll(() => product?.close(), 60_000);

  /** Through the door, and what has become of it once the worker is done with it. */
  async function settled(filename: string, content: Uint8Array<ArrayBuffer>): Promise<Document> {
    const answer = await server.upload(customerId, 'bank_statement', filename, content);
    expect(answer.status).toBe(201);
    let [document] = ((await answer.json()) as { documents: [Document] }).documents;
    for (
      const until = Date.now() + PATIENCE_MS;
      document.state === 'processing' && Date.now() < until;
      await sleep(100)
    )
      document = await server.get(`/api/documents/${document.id}`);
    return document;
  }
  /** A request that must be answered within this time. */
  const ask = (path: string, patienceMs = 5_000) =>
    fetch(`${server.origin}${path}`, {
      headers: { cookie: server.cookie },
      signal: AbortSignal.timeout(patienceMs),
    });

  it('is known in at least six kinds', () => {
    expect(PDFS.length).toBeGreaterThanOrEqual(6);
  });

  it.each(PDFS)(
    '$what ends in a clear state, and the worker serves the next',
    async (file) => {
      const document = await settled(file.filename, file.content);
      expect(file.outcomes).toContain(document.state === 'failed' ? document.failure : document.state);
      const first = await ask(`/api/documents/${document.id}/preview`);
      expect(first.status).toBe(document.state === 'ready' ? 200 : 404);

      for (const page of [2, 1_000_000]) {
        for (const path of [`preview?page=${page}`, `pages/${page}/text`]) {
          const answer = await ask(`/api/documents/${document.id}/${path}`);
          expect([path, answer.status]).toEqual([path, 404]);
          expect(answer.headers.get('content-type')).toContain('application/problem+json');
          expect(await answer.json()).toMatchObject({
            type: 'not-found',
            detail: expect.stringMatching(/ no /),
          });
        }
      }

      const normal = await settled(`after-${file.filename}`, samplePdf({ pages: 2, text: file.what }));
      expect(normal).toMatchObject({ state: 'ready', pages: 2, failure: null });
      expect((await ask(`/api/documents/${normal.id}/preview?page=2`)).status).toBe(200);
      expect([worker.exitCode, worker.signalCode]).toEqual([null, null]);
    },
    90_000,
  );

  it.each(hostileFurtherPages())(
    'with a page $what is shown but for that page',
    async ({ content, page }) => {
      const { id, ...document } = await settled('further.pdf', content);
      expect(document).toMatchObject({ state: 'ready', pages: page });
      // A decoder may take longer than a request waits; whoever asks again is told how it ended.
      const answers: Response[] = [];
      do {
        const answer = await ask(`/api/documents/${id}/preview?page=${page}`, 12_000);
        answers.push(answer);
        if (answer.status === 503) await sleep(Number(answer.headers.get('retry-after')) * 1000);
      } while (answers.at(-1)?.status === 503 && answers.length < 4);
      const last = answers.at(-1) as Response;
      expect([last.status, await last.json()]).toEqual([
        422,
        expect.objectContaining({ type: 'page-unreadable', detail: expect.stringMatching(/./) }),
      ]);
      expect((await ask(`/api/documents/${id}/pages/${page}/text`)).status).toBe(422);
      expect((await ask(`/api/documents/${id}/preview?page=1`)).status).toBe(200);
      const normal = await settled('after.pdf', samplePdf({ pages: 2, text: `${id}` }));
      expect((await ask(`/api/documents/${normal.id}/preview?page=2`)).status).toBe(200);
      expect([worker.exitCode, worker.signalCode]).toEqual([null, null]);
    },
    90_000,
  );

  it('leaves nothing undone, also when all come at one moment', async () => {
    const documents = await Promise.all(PDFS.map(({ filename, content }) => settled(filename, content)));
    for (const [n, { what, outcomes }] of PDFS.entries()) {
      const { state, failure } = documents[n] as Document;
      expect(outcomes, what).toContain(state === 'failed' ? failure : state);
    }
    expect([worker.exitCode, worker.signalCode]).toEqual([null, null]);
  }, 120_000);
});
