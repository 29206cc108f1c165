import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  DoneTodayAnswer,
  DoneTodayQuery,
  NextAnswer,
  QueueAnswer,
  QueueQuery,
} from '@qijian/domain/contract/api/review-queue.ts';
import { HeartbeatAllAnswer } from '@qijian/domain/contract/api/reviews.ts';
import { principalOf } from '../../plugins/session.ts';
import { claimNext, heartbeatAll } from './claims.service.ts';
import { doneToday, pageOfQueue } from './queue.service.ts';
import { rulesOf } from './rules.ts';

/** The files that are with the auditors, the next of them, and what became of today's. */
export const queueRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, db } = app;
  const rules = rulesOf(config);

  app.get(
    '/api/review-queue',
    {
      config: { access: 'reviews.decide' },
      schema: { querystring: QueueQuery, response: { 200: QueueAnswer } },
    },
    async (request) => pageOfQueue(db, principalOf(request), request.query, rules),
  );

  app.post(
    '/api/review-queue/next',
    { config: { access: 'reviews.decide' }, schema: { response: { 200: NextAnswer } } },
    async (request) => {
      const customer = await app.command(request, (tx) => claimNext(tx, principalOf(request), rules));
      return { customerId: customer.id, customer };
    },
  );

  app.post(
    '/api/review-queue/heartbeat',
    { config: { access: 'reviews.decide' }, schema: { response: { 200: HeartbeatAllAnswer } } },
    async (request) => heartbeatAll(db, principalOf(request), rules),
  );

  app.get(
    '/api/review-queue/done-today',
    {
      config: { access: 'reviews.decide' },
      schema: { querystring: DoneTodayQuery, response: { 200: DoneTodayAnswer } },
    },
    async (request) => doneToday(db, principalOf(request), request.query),
  );
};
