import type { Tx } from '@qijian/db/client.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { ProblemBody } from '@qijian/domain/contract/problems.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { askForPreviews } from './ask-for-previews.ts';
import { checkUpload, ingestAll, keepAndCommit, type Uploader } from './ingest.service.ts';
import { leaveUnread } from './leave-unread.ts';
import { readUploadForm } from './upload-form.ts';

/** Whoever sends a form of files, and what they are answered. */
export interface FormSender<A> {
  customerId: string;
  maxFiles: number;
  uploader(source: Document['source'] | null): Uploader;
  /** Throws when the sender may not begin; asked before the first file is read. */
  begin?(): Promise<void>;
  /** The last word, in the transaction that makes the documents: throws when the sender may not any more. */
  confirm?(tx: Tx, wanted: { files: number; bytes: number }): Promise<void>;
  answer(added: {
    documents: Document[];
    duringReview: boolean;
    rejected: { filename: string; problem: ProblemBody }[];
  }): A;
}

/** The multipart door: every file of a form that can be taken becomes a document, all in one command. */
export async function receiveForm<A>(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  sender: FormSender<A>,
): Promise<FastifyReply> {
  const { config, db, storage } = app;
  const { customerId, maxFiles } = sender;
  const { type, source, page, arrivals, rejected } = await readUploadForm(request, {
    storage,
    maxFileBytes: config.maxFileBytes,
    maxFiles,
    async check(type) {
      await sender.begin?.();
      await checkUpload(db, customerId, type);
    },
  }).catch((error) => {
    leaveUnread(request, reply);
    throw error;
  });
  if (arrivals.length === 0) throw rejected[0]?.problem;
  // What the Idempotency-Key is compared by.
  request.body = {
    type,
    page,
    files: arrivals.map(({ filename, received }) => [filename, received.sha256]),
  };
  const by = sender.uploader(source);
  const wanted = {
    files: arrivals.length,
    bytes: arrivals.reduce((sum, { received }) => sum + received.size, 0),
  };
  // Stays empty where an earlier answer is given again.
  let added: Document[] = [];
  const answer = await keepAndCommit(storage, arrivals, async (keys) => {
    const answer = await app.command(request, async (tx) => {
      await sender.confirm?.(tx, wanted);
      const { documents, duringReview } = await ingestAll(tx, by, { customerId, type, page, arrivals, keys });
      added = documents;
      return sender.answer({
        documents,
        duringReview,
        rejected: rejected.map(({ filename, problem }) => ({ filename, problem: problem.body(request.id) })),
      });
    });
    return { answer, stored: added.length > 0 };
  });
  askForPreviews(app, added);
  return reply.code(201).send(answer);
}
