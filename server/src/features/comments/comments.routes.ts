import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CommentList,
  CommentSchema,
  CommentsQuery,
  CreateCommentBody,
  EditCommentBody,
} from '@qijian/domain/contract/api/comments.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import { principalOf } from '../../plugins/session.ts';
import { addComment, commentsOf, deleteComment, editComment } from './comments.service.ts';

/** What the staff side says to each other about a customer. */
export const commentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/customers/:id/comments',
    {
      config: { access: 'customers.read' },
      schema: { params: IdParams, querystring: CommentsQuery, response: { 200: CommentList } },
    },
    async (request) => commentsOf(app.db, request.params.id, request.query),
  );

  app.post(
    '/api/customers/:id/comments',
    {
      config: { access: 'comments.write' },
      schema: { params: IdParams, body: CreateCommentBody, response: { 201: CommentSchema } },
    },
    async (request, reply) => {
      const comment = await app.command(request, (tx) =>
        addComment(tx, principalOf(request), request.params.id, request.body),
      );
      return reply.code(201).send(comment);
    },
  );

  app.patch(
    '/api/comments/:id',
    {
      config: { access: 'comments.write' },
      schema: { params: IdParams, body: EditCommentBody, response: { 200: CommentSchema } },
    },
    async (request) =>
      app.command(request, (tx) => editComment(tx, principalOf(request), request.params.id, request.body)),
  );

  app.delete(
    '/api/comments/:id',
    { config: { access: 'comments.write' }, schema: { params: IdParams } },
    async (request, reply) => {
      await app.command(request, (tx) => deleteComment(tx, principalOf(request), request.params.id));
      return reply.code(204).send();
    },
  );
};
