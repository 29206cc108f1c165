import { reviewEndpoints } from '@qijian/domain/contract/api/reviews.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { claim, grantClaim, heartbeat, release, requestClaim, takeOver } from './claims.service.ts';
import { decide } from './decisions.service.ts';
import { reopen, submit, withdraw } from './reviews.service.ts';
import { rulesOf } from './rules.ts';
import { reviewDocument, undoVerdict, verdictOf } from './verdicts.service.ts';

/** A file's way through the auditors' hands: submit, withdraw, claim, verdicts, decision, reopen. */
export const reviewRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;
  const rules = rulesOf(config);

  for (const [endpoint, command] of [
    [reviewEndpoints.submit, submit],
    [reviewEndpoints.withdraw, withdraw],
    [reviewEndpoints.claim, claim],
    [reviewEndpoints.release, release],
    [reviewEndpoints.reopen, reopen],
  ] as const) {
    serve(app, endpoint, (request) =>
      app.command(request, (tx) => command(tx, principalOf(request), request.params.id, request.body, rules)),
    );
  }

  serve(app, reviewEndpoints.heartbeat, (request) =>
    heartbeat(db, principalOf(request), request.params.id, rules),
  );

  serve(app, reviewEndpoints.requestClaim, (request) =>
    app.command(request, (tx) => requestClaim(tx, principalOf(request), request.params.id)),
  );

  serve(app, reviewEndpoints.grantClaim, (request) =>
    app.command(request, (tx) =>
      grantClaim(tx, principalOf(request), request.params.id, request.body, rules),
    ),
  );

  serve(app, reviewEndpoints.takeOver, (request) =>
    app.command(request, (tx) => takeOver(tx, principalOf(request), request.params.id, rules)),
  );

  serve(app, reviewEndpoints.decide, (request) =>
    app.command(request, (tx) => decide(tx, principalOf(request), request.params.id, request.body, rules)),
  );

  serve(app, reviewEndpoints.readVerdict, (request) =>
    verdictOf(db, principalOf(request), request.params.id),
  );

  serve(app, reviewEndpoints.giveVerdict, (request) =>
    app.command(request, (tx) =>
      reviewDocument(tx, principalOf(request), request.params.id, request.body, rules),
    ),
  );

  serve(app, reviewEndpoints.undoVerdict, (request) =>
    app.command(request, (tx) =>
      undoVerdict(tx, principalOf(request), request.params.id, request.body, rules),
    ),
  );
};
