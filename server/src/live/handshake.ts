import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Db } from '@qijian/db/client.ts';
import { type CredentialHolder, type CredentialKey, readCredential } from '@qijian/db/queries/streams.ts';
import { isForeignOrigin } from './origin.ts';
import { retryLostQuery } from './retry-lost-query.ts';

/** Somebody whose handshake was accepted. */
export interface Accepted {
  key: CredentialKey;
  holder: CredentialHolder;
}

/** Finds the credential that a handshake carries; hashes only, so that nothing usable is kept. */
export type CredentialOf = (headers: IncomingHttpHeaders, as: 'staff' | 'portal') => CredentialKey | null;

type Verdict = (message: string | null | undefined, success: boolean) => void;

/** The handshake of Socket.IO, for polling and WebSocket alike: no foreign page, and only who is signed in. */
export function handshake(options: {
  db: Db;
  publicUrl: string;
  credentialOf: CredentialOf;
  mayConnect: (key: CredentialKey) => Promise<boolean>;
}): {
  allowRequest(request: IncomingMessage, verdict: Verdict): void;
  accepted(request: unknown): Accepted | undefined;
} {
  const accepted = new WeakMap<object, Accepted>();
  const judge = async (request: IncomingMessage): Promise<string | null> => {
    if (isForeignOrigin(request.headers, options.publicUrl)) return 'foreign-origin';
    const query = new URLSearchParams(request.url?.split('?')[1]);
    // A browser may hold both cookies: the page says who it is for.
    const key = options.credentialOf(request.headers, query.get('as') === 'portal' ? 'portal' : 'staff');
    const holder = key && (await retryLostQuery(() => readCredential(options.db, key)));
    if (!key || !holder) return 'not-signed-in';
    if (!(await options.mayConnect(key))) return 'too-many-requests';
    accepted.set(request, { key, holder });
    return null;
  };
  return {
    allowRequest(request, verdict) {
      judge(request).then(
        (problem) => verdict(problem, problem === null),
        () => verdict('unavailable', false),
      );
    },
    accepted: (request) => accepted.get(request as object),
  };
}
