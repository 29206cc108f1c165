import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type LinkRow, readPortalSession } from '@qijian/db/queries/links.ts';
import type { Actor } from '@qijian/domain/contract/live-events.ts';
import { CUSTOMER_NAME, PORTAL_LINK_HEADER } from '@qijian/domain/rules/portal.ts';
import { linkEnd, linkProblem } from '@qijian/domain/rules/upload-links.ts';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { cookieValue } from '../http/cookies.ts';
import { Problem } from '../http/problem.ts';
import { hashSecret, isHttps } from './sessions.ts';

const PERSON_DIGITS = 32;

/** A customer who came by a link and gave the right code. */
export interface PortalPrincipal {
  linkId: string;
  customerId: string;
  label: string | null;
}

export const portalCookieName = (config: Config) =>
  isHttps(config) ? '__Host-qijian_portal' : 'qijian_portal';

/** The Set-Cookie value for a portal session of so many seconds; none ends it. */
export function portalCookie(config: Config, id: string, seconds: number): string {
  const secure = isHttps(config) ? '; Secure' : '';
  return `${portalCookieName(config)}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}

/** The stored name of the portal session in a Cookie header. */
export function portalSessionHash(config: Config, cookieHeader: string | undefined): string | null {
  const id = cookieValue(cookieHeader, portalCookieName(config));
  return id && hashSecret(id);
}

/**
 * Finds the customer behind a request and counts it against the link; refuses links that open nothing any more, and
 * pages of another link: two of them in one browser must not add to each other's files.
 */
export async function enterPortal(
  app: FastifyInstance,
  headers: IncomingHttpHeaders,
): Promise<PortalPrincipal> {
  const hash = portalSessionHash(app.config, headers.cookie);
  const found = hash && (await readPortalSession(app.db, hash));
  const page = headers[PORTAL_LINK_HEADER];
  if (!found || (page !== undefined && page !== found.link.id)) throw new Problem('not-signed-in');
  requireOpen(found.link);
  await app.limit('portalRequests', found.link.id);
  return { linkId: found.link.id, customerId: found.link.customerId, label: found.link.label };
}

/** Throws what is the matter with a link that opens nothing. */
export function requireActive(link: LinkRow): void {
  const problem = linkProblem(link, Date.now());
  if (problem) throw new Problem(problem);
}

/** As `requireActive`, for what the right code has opened already. */
export function requireOpen(link: LinkRow): void {
  const ended = linkEnd(link, Date.now());
  if (ended) throw new Problem(ended);
}

/**
 * Whose files a phone keeps: the links of one customer with the same label are for the same person, so that a new link
 * takes up what an old one left. Opaque, because it stays on the phone.
 */
export function personOf(link: { customerId: string; label: string | null }): string {
  return createHash('sha256')
    .update(`${link.customerId} ${link.label ?? ''}`)
    .digest('hex')
    .slice(0, PERSON_DIGITS);
}

/** The customer as staff see them in events and the audit log. */
export function customerActor(link: { linkId: string; label: string | null }): Actor {
  return { kind: 'customer', id: link.linkId, name: link.label ?? CUSTOMER_NAME };
}
