import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import { CommandBody, CustomerSchema } from '@qijian/domain/contract/api/customers.ts';
import { DocumentSchema } from '@qijian/domain/contract/api/documents.ts';
import { DecisionBody, VerdictBody } from '@qijian/domain/contract/api/reviews.ts';
import { principalOf } from '../../plugins/session.ts';
import { claim, decide, release, reopen, reviewDocument, submit, withdraw } from './reviews.service.ts';

/** A file's way through the auditors' hands: submit, withdraw, claim, verdicts, decision, reopen. */
export const reviewRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { jobs } = app;
  const recalculate = (customerId: string) =>
    jobs.enqueue('customer.recalculate-completeness', { customerId });

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
      async (request) => {
        const customer = await app.command(request, (tx) =>
          command(tx, principalOf(request), request.params.id, request.body),
        );
        if (path === 'reopen') await recalculate(customer.id);
        return customer;
      },
    );
  }

  app.post(
    '/api/customers/:id/decision',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: DecisionBody, response: { 200: CustomerSchema } },
    },
    async (request) => {
      const customer = await app.command(request, (tx) =>
        decide(tx, principalOf(request), request.params.id, request.body),
      );
      if (request.body.decision === 'return') await recalculate(customer.id);
      return customer;
    },
  );

  app.post(
    '/api/documents/:id/review',
    {
      config: { access: 'reviews.decide' },
      schema: { params: IdParams, body: VerdictBody, response: { 200: DocumentSchema } },
    },
    async (request) => {
      const document = await app.command(request, (tx) =>
        reviewDocument(tx, principalOf(request), request.params.id, request.body),
      );
      await recalculate(document.customerId);
      return document;
    },
  );
};
