import { uploadEndpoints } from '@qijian/domain/contract/api/documents.ts';
import type { FastifyPluginAsync } from 'fastify';
import { validate } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { uploaderOf } from './ingest.service.ts';
import { openUploadDoor } from './upload-door.ts';

/** The resumable door for people with an account. */
export const uploadRoutes: FastifyPluginAsync = async (app) => {
  openUploadDoor(app, {
    operations: {
      describe: uploadEndpoints.describeUploads,
      begin: uploadEndpoints.beginUpload,
      read: uploadEndpoints.readUpload,
      goOn: uploadEndpoints.continueUpload,
      drop: uploadEndpoints.dropUpload,
    },
    senderOf(request) {
      const principal = principalOf(request);
      const always = async () => {};
      return {
        owner: principal.userId,
        uploader: (source) => uploaderOf(principal, source),
        customerOf({ customerId }) {
          if (!customerId) throw fieldProblem('customerId', 'is required in Upload-Metadata');
          if (!validate(customerId)) throw new Problem('not-found');
          return customerId;
        },
        reserve: always,
        release: always,
        confirm: always,
        mayGoOn: always,
      };
    },
  });
};
