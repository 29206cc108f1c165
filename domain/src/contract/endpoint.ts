import type { Static, TObject, TSchema } from 'typebox';
import type { Action } from '../rules/permissions.ts';
import { LINK_ENDS } from '../rules/upload-links.ts';
import type { ProblemCode } from './problems.ts';

/** What an endpoint demands of whoever asks. `portal` is for customers who came by a link. */
export type Access = 'public' | 'signed-in' | 'portal' | Action;

/** One thing the server can be asked for: it is registered, called, typed and described from this declaration. */
export interface Endpoint {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:name` for each of `params`. */
  readonly path: string;
  readonly access: Access;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** The parts of a form that comes instead of a JSON body. */
  readonly form?: TObject;
  /** The one good answer: its status and its schema, null for an empty one. Everything else is a problem. */
  readonly answer:
    | readonly [status: 200 | 201 | 202, schema: TSchema]
    | readonly [status: 101 | 200 | 201 | 204, schema: null];
  /** What may be answered instead, beyond what follows from the rest: see `problemsOf`. */
  readonly problems?: readonly ProblemCode[];
  /** Under one Idempotency-Key it is done once, however often it is sent. */
  readonly once?: true;
  /** Not JSON on both sides: bytes, forms, resumable uploads and sockets, which handlers read and answer themselves. */
  readonly raw?: true;
}

/** The endpoints of a feature, by the name of the operation. */
export type Endpoints = Record<string, Endpoint>;

/** What a caller gives as a part of the request, as JSON has it; never where the endpoint takes none. */
export type Given<E extends Endpoint, Part extends 'params' | 'query' | 'body'> =
  E extends Record<Part, infer S extends TSchema> ? Static<S> : never;

/** What the caller gets; undefined for an empty answer. */
export type Answer<E extends Endpoint> = E['answer'][1] extends TSchema ? Static<E['answer'][1]> : undefined;

/** Every problem an endpoint may answer: its own, and those of whatever demands access, takes parts or changes something. */
export function problemsOf(endpoint: Endpoint): ProblemCode[] {
  const { method, path, access, params, query, body, form, once, problems = [] } = endpoint;
  const codes = new Set<ProblemCode>(['malformed-request', ...problems]);
  const when = (condition: unknown, ...further: ProblemCode[]) => {
    if (condition) for (const code of further) codes.add(code);
  };
  when(access !== 'public', 'not-signed-in');
  when(access !== 'public' && access !== 'signed-in' && access !== 'portal', 'not-allowed');
  when(access === 'portal', 'link-not-found', ...LINK_ENDS, 'too-many-requests');
  const changes = method === 'POST' || method === 'PATCH' || method === 'DELETE';
  when(changes, 'foreign-origin', 'unsupported-media-type', 'body-too-large', 'storage-full');
  when(params || query || body || form || once, 'validation-failed');
  when(path.includes(':'), 'not-found');
  when(once, 'idempotency-key-reused');
  when(true, 'unavailable', 'internal');
  return [...codes];
}
