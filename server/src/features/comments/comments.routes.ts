import { commentEndpoints } from '@qijian/domain/contract/api/comments.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { addComment, commentsOf, deleteComment, editComment } from './comments.service.ts';

/** What the staff side says to each other about a customer. */
export const commentRoutes: FastifyPluginAsync = async (app) => {
  serve(app, commentEndpoints.listComments, async (request) =>
    commentsOf(app.db, request.params.id, request.query),
  );

  serve(app, commentEndpoints.addComment, async (request) => {
    return app.command(request, (tx) =>
      addComment(tx, principalOf(request), request.params.id, request.body),
    );
  });

  serve(app, commentEndpoints.editComment, async (request) =>
    app.command(request, (tx) => editComment(tx, principalOf(request), request.params.id, request.body)),
  );

  serve(app, commentEndpoints.deleteComment, async (request) => {
    await app.command(request, (tx) => deleteComment(tx, principalOf(request), request.params.id));
  });
};
