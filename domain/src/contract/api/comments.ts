import { type Static, Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { Distinct, Id, IdParams, Nullable, PersonRef, StreamHeadBody, Timestamp } from './common.ts';

/** What the staff side says to each other about a customer, or about one document; customers never see it. */
export const CommentSchema = Type.Object(
  {
    id: Id,
    customerId: Id,
    documentId: Nullable(Id),
    author: PersonRef,
    /** Empty once deleted. */
    body: Type.String(),
    mentions: Type.Array(PersonRef),
    createdAt: Timestamp,
    editedAt: Nullable(Timestamp),
    deletedAt: Nullable(Timestamp),
  },
  { title: 'Comment' },
);
export type Comment = Static<typeof CommentSchema>;

const body = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '\\S',
  examples: ['第三页的章看不清，请核对'],
});
/** Ids of active users, as GET `/api/people` lists them. */
const mentions = Type.Optional(Distinct(Id, { maxItems: 20 }));

export const CreateCommentBody = Type.Object(
  { body, mentions, documentId: Type.Optional(Nullable(Id)) },
  { additionalProperties: false },
);
export type CreateComment = Static<typeof CreateCommentBody>;
export const EditCommentBody = Type.Object({ body, mentions }, { additionalProperties: false });
export type EditComment = Static<typeof EditCommentBody>;

export const CommentsQuery = Type.Object(
  {
    /** Comments on this document only. */
    documentId: Type.Optional(Id),
    /** `nextCursor` of the page before. */
    cursor: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  { additionalProperties: false },
);
/** Newest first, deleted ones left out; `head` is that of `customer:<id>` in the same snapshot. */
export const CommentList = Type.Object({
  items: Type.Array(CommentSchema),
  nextCursor: Nullable(Id),
  head: StreamHeadBody,
});
export type CommentListBody = Static<typeof CommentList>;

export const commentEndpoints = {
  listComments: {
    method: 'GET',
    path: '/api/customers/:id/comments',
    access: 'customers.read',
    params: IdParams,
    query: CommentsQuery,
    answer: [200, CommentList],
  },
  addComment: {
    method: 'POST',
    path: '/api/customers/:id/comments',
    access: 'comments.write',
    params: IdParams,
    body: CreateCommentBody,
    answer: [201, CommentSchema],
    once: true,
  },
  editComment: {
    method: 'PATCH',
    path: '/api/comments/:id',
    access: 'comments.write',
    params: IdParams,
    body: EditCommentBody,
    answer: [200, CommentSchema],
    once: true,
  },
  deleteComment: {
    method: 'DELETE',
    path: '/api/comments/:id',
    access: 'comments.write',
    params: IdParams,
    answer: [204, null],
    once: true,
  },
} as const satisfies Endpoints;
