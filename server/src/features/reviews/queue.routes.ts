import { queueEndpoints } from '@qijian/domain/contract/api/review-queue.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { claimNext, heartbeatAll } from './claims.service.ts';
import { doneToday, pageOfQueue } from './queue.service.ts';
import { rulesOf } from './rules.ts';

/** The files that are with the auditors, the next of them, and what became of today's. */
export const queueRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;
  const rules = rulesOf(config);

  serve(app, queueEndpoints.readQueue, (request) =>
    pageOfQueue(db, principalOf(request), request.query, rules),
  );

  serve(app, queueEndpoints.claimNext, async (request) => {
    const customer = await app.command(request, (tx) => claimNext(tx, principalOf(request), rules));
    return { customerId: customer.id, customer };
  });

  serve(app, queueEndpoints.heartbeatAll, (request) => heartbeatAll(db, principalOf(request), rules));

  serve(app, queueEndpoints.readDoneToday, (request) => doneToday(db, principalOf(request), request.query));
};
