import type { Static, TObject, TSchema } from 'typebox';
import type { Action } from '../rules/permissions.ts';

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
