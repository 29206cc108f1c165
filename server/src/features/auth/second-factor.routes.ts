import { readDemandedRoles } from '@qijian/db/queries/second-factors.ts';
import { secondFactorEndpoints } from '@qijian/domain/contract/api/second-factor.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import {
  confirmIdentity,
  demandFactor,
  describeFactor,
  finishFactor,
  removeFactor,
  renewCodes,
  resetFactor,
  setUpAtSignIn,
  startFactor,
  takeSecondStep,
} from './second-factor.service.ts';
import { type Credential, signIn } from './sign-in.ts';

/** The second step of signing in, and what people and administrators do about it. */
export const secondFactorRoutes: FastifyPluginAsync = async (app) => {
  const { db } = app;

  serve(app, secondFactorEndpoints.setUpAtSignIn, (request) => setUpAtSignIn(db, request.body.challenge));

  serve(app, secondFactorEndpoints.takeSecondStep, async (request, reply) => {
    const step = await takeSecondStep(db, { ...request.body, address: request.ip });
    const credential = `${step.done.credential}+${step.by}` as Credential;
    const user = await signIn(request, reply, step.user, { credential, remember: step.done.remember });
    return { user, ...(step.recoveryCodes ? { recoveryCodes: step.recoveryCodes } : {}) };
  });

  serve(app, secondFactorEndpoints.confirmIdentity, (request) =>
    confirmIdentity(db, principalOf(request), request.body),
  );

  serve(app, secondFactorEndpoints.readSecondFactor, (request) => describeFactor(db, principalOf(request)));

  serve(app, secondFactorEndpoints.startSecondFactor, (request) => startFactor(db, principalOf(request)));

  serve(app, secondFactorEndpoints.finishSecondFactor, async (request) => ({
    recoveryCodes: await finishFactor(db, principalOf(request), request.body.code),
  }));

  serve(app, secondFactorEndpoints.renewRecoveryCodes, async (request) => ({
    recoveryCodes: await db.transaction((tx) => renewCodes(tx, principalOf(request))),
  }));

  serve(app, secondFactorEndpoints.removeSecondFactor, async (request) => {
    await db.transaction((tx) => removeFactor(tx, principalOf(request)));
  });

  serve(app, secondFactorEndpoints.readDemandedRoles, async () => ({ roles: await readDemandedRoles(db) }));

  serve(app, secondFactorEndpoints.demandSecondFactor, async (request) => {
    await db.transaction((tx) => demandFactor(tx, principalOf(request), request.body.roles));
    return { roles: await readDemandedRoles(db) };
  });

  serve(app, secondFactorEndpoints.resetSecondFactor, async (request) => {
    await db.transaction((tx) => resetFactor(tx, principalOf(request), request.params.id));
  });
};
