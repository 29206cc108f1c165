import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { IdParams, PersonRef } from '@qijian/domain/contract/api/common.ts';
import { CommandBody, CustomerSchema } from '@qijian/domain/contract/api/customers.ts';
import { DocumentSchema } from '@qijian/domain/contract/api/documents.ts';
import {
  DecisionBody,
  GrantBody,
  HeartbeatAnswer,
  UndoVerdictBody,
  VerdictAnswer,
  VerdictBody,
} from '@qijian/domain/contract/api/reviews.ts';
import { Type } from 'typebox';
import { principalOf } from '../../plugins/session.ts';
import { claim, grantClaim, heartbeat, release, requestClaim, takeOver } from './claims.service.ts';
import { decide } from './decisions.service.ts';
import { reopen, submit, withdraw } from './reviews.service.ts';
import { rulesOf } from './rules.ts';
import { reviewDocument, undoVerdict, verdictOf } from './verdicts.service.ts';

/** A file's way through the auditors' hands: submit, withdraw, claim, verdicts, decision, reopen. */
export const reviewRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db } = app;
  const rules = rulesOf(config);

  for (const [path, access, command] of [
    ['submit', 'customers.submit', submit],
    ['withdraw', 'customers.submit', withdraw],
    ['claim', 'reviews.decide', claim],
    ['release', 'reviews.decide', release],
    ['reopen', 'customers.submit', reopen],
  ] as const) {
    app.post(
      `/api/customers/:id/${path}`,
      {
        config: { access },
        schema: { params: IdParams, body: CommandBody, response: { 200: CustomerSchema } },
      },
      (request) =>
        app.command(request, (tx) =>
          command(tx, principalOf(request), request.params.id, request.body, rules),
        ),
    );
  }

  app.post(
    '/api/customers/:id/claim/heartbeat',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, response: { 200: HeartbeatAnswer } },
    },
    async (request) => heartbeat(db, principalOf(request), request.params.id, rules),
  );

  app.post(
    '/api/customers/:id/claim/request',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, response: { 200: Type.Object({ holder: PersonRef }) } },
    },
    async (request) =>
      app.command(request, (tx) => requestClaim(tx, principalOf(request), request.params.id)),
  );

  app.post(
    '/api/customers/:id/claim/grant',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: GrantBody, response: { 200: CustomerSchema } },
    },
    async (request) =>
      app.command(request, (tx) =>
        grantClaim(tx, principalOf(request), request.params.id, request.body, rules),
      ),
  );

  app.post(
    '/api/customers/:id/claim/takeover',
    {
      config: { access: 'reviews.take-over' },
      schema: { params: IdParams, response: { 200: CustomerSchema } },
    },
    async (request) =>
      app.command(request, (tx) => takeOver(tx, principalOf(request), request.params.id, rules)),
  );

  app.post(
    '/api/customers/:id/decision',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: DecisionBody, response: { 200: CustomerSchema } },
    },
    (request) =>
      app.command(request, (tx) => decide(tx, principalOf(request), request.params.id, request.body, rules)),
  );

  app.get(
    '/api/documents/:id/review',
    { config: { access: 'reviews.decide' }, schema: { params: IdParams, response: { 200: VerdictAnswer } } },
    async (request) => verdictOf(db, principalOf(request), request.params.id),
  );

  app.post(
    '/api/documents/:id/review',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: VerdictBody, response: { 200: DocumentSchema } },
    },
    (request) =>
      app.command(request, (tx) =>
        reviewDocument(tx, principalOf(request), request.params.id, request.body, rules),
      ),
  );

  app.post(
    '/api/documents/:id/review/undo',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: UndoVerdictBody, response: { 200: DocumentSchema } },
    },
    (request) =>
      app.command(request, (tx) =>
        undoVerdict(tx, principalOf(request), request.params.id, request.body, rules),
      ),
  );
};
