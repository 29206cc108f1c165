import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { validate } from 'uuid';
import { Problem } from '../../plugins/problem.ts';
import { principalOf } from '../../plugins/session.ts';
import { fieldFault, uploaderOf } from './ingest.service.ts';
import { openUploadDoor } from './upload-door.ts';

/** The resumable door for people with an account. */
export const uploadRoutes: FastifyPluginAsyncTypebox = async (app) => {
  openUploadDoor(app, {
    path: '/api/uploads',
    access: 'documents.upload',
    senderOf(request) {
      const principal = principalOf(request);
      const always = async () => {};
      return {
        owner: principal.userId,
        uploader: (source) => uploaderOf(principal, source),
        customerOf({ customerId }) {
          if (!customerId) throw fieldFault('customerId', 'is required in Upload-Metadata');
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
