import type { IncomingHttpHeaders } from 'node:http';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { readTokenHolder } from '@qijian/db/queries/sessions.ts';
import type { CredentialKey } from '@qijian/db/queries/streams.ts';
import type { Access } from '@qijian/domain/contract/endpoint.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { cookieValue } from '../http/cookies.ts';
import { Problem } from '../http/problem.ts';
import { enterPortal, type PortalPrincipal, portalCookieName } from './portal-sessions.ts';
import type { Principal } from './principal.ts';
import { cookieName, createSessions, hashSecret, publicId, type Sessions } from './sessions.ts';

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions;
  }
  interface FastifyRequest {
    principal: Principal | null;
    portal: PortalPrincipal | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Finds out who asks and refuses what their role does not allow; a route without `access` stops the start. */
export function registerIdentity(app: FastifyInstance): void {
  const sessions = createSessions(app.db, app.config);
  app.decorate('sessions', sessions);
  app.decorateRequest('principal', null);
  app.decorateRequest('portal', null);

  app.addHook('onRoute', (route) => {
    // The API documentation viewer registers its own routes.
    if (route.url.startsWith('/api/docs')) route.config = { ...route.config, access: 'signed-in' };
    if (!route.config?.access) throw new Error(`${route.method} ${route.url} does not say who may use it`);
  });
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof Problem && error.type === 'not-allowed') await recordRefusal(app, request);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (access === undefined || access === 'public') return;
    if (access === 'portal') {
      request.portal = await enterPortal(app, request.headers);
      return;
    }
    request.principal = await principalFrom(app, request);
    if (!request.principal) throw new Problem('not-signed-in');
    if (access !== 'signed-in' && !may(request.principal.role, access)) throw new Problem('not-allowed');
  });
}

/** Whoever tries what they may not is in the log; that it cannot be written is no reason to answer another way. */
async function recordRefusal(app: FastifyInstance, request: FastifyRequest): Promise<void> {
  const { principal, method, routeOptions } = request;
  if (!principal) return;
  const { sessionHash } = principal;
  const detail = {
    request: `${method} ${routeOptions.url}`,
    credential: sessionHash === null ? 'token' : 'session',
    session: sessionHash && publicId(sessionHash),
    address: request.ip,
  };
  const actor = actorOf(principal);
  await appendAudit(app.db, [
    { actor, action: 'auth.refused', entityType: 'user', entityId: principal.userId, detail },
  ]).catch((error: Error) => request.log.warn({ err: error }, 'a refusal could not be recorded'));
}

async function principalFrom(app: FastifyInstance, request: FastifyRequest): Promise<Principal | null> {
  const bearer = bearerToken(request.headers);
  if (bearer) {
    const holder = await readTokenHolder(app.db, hashSecret(bearer));
    return holder && { ...holder, sessionHash: null };
  }
  return app.sessions.authenticate(request.headers.cookie);
}

/** The key under which a credential in these headers is stored: a session's, an API token's or a portal session's hash. */
export function credentialOf(
  headers: IncomingHttpHeaders,
  config: Config,
  as: 'staff' | 'portal' = 'staff',
): CredentialKey | null {
  if (as === 'portal') {
    const id = cookieValue(headers.cookie, portalCookieName(config));
    return id ? `p:${hashSecret(id)}` : null;
  }
  const bearer = bearerToken(headers);
  if (bearer) return `t:${hashSecret(bearer)}`;
  const value = cookieValue(headers.cookie, cookieName(config));
  return value ? `s:${hashSecret(value)}` : null;
}

function bearerToken(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer ([\w.~+/-]{20,200}=*)$/i.exec(headers.authorization ?? '');
  return match?.[1] ?? null;
}

/** The principal of a request behind `access`; throws when there is none. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Problem('not-signed-in');
  return request.principal;
}

/** The customer behind a route for the portal; throws when there is none. */
export function portalOf(request: FastifyRequest): PortalPrincipal {
  if (!request.portal) throw new Problem('not-signed-in');
  return request.portal;
}

export function actorOf(principal: Principal): Actor {
  return { kind: 'user', id: principal.userId, name: principal.name, username: principal.username };
}
