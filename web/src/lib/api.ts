import type { Answer, Endpoint, Given } from '@qijian/domain/contract/endpoint.ts';
import type { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import type { ProblemBody } from '@qijian/domain/contract/problems.ts';
import { newId } from './new-id.ts';

/** What the server said instead of doing what was asked; `status` 0 means it was not reached. */
export class ProblemError extends Error {
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(problem.detail);
    this.problem = problem;
  }

  get type(): string {
    return this.problem.type;
  }

  /** The message of a field, by its path. */
  field(path: string): string | undefined {
    return this.problem.errors?.find((error) => error.path === path)?.message;
  }
}

/** Whether the server was not reached at all: what was asked may be asked again once the connection is back. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.status === 0;

type Fetch = typeof fetch;
interface Options {
  fetch?: Fetch;
  /** The key of an intention that outlives this page; others are given one. */
  idempotencyKey?: string;
  /** Outlives the page that sends it. */
  keepalive?: boolean;
  headers?: Record<string, string>;
}

const TIMEOUT_MS = 20_000;
const PICTURE_TIMEOUT_MS = 30_000;
const GET_TRIES = 3;

/** What goes to the server, whole. */
interface Request {
  method: string;
  path: string;
  body?: unknown;
}

async function ask<T>({ method, path, body }: Request, options: Options): Promise<T> {
  const send = options.fetch ?? fetch;
  const tries = method === 'GET' && !options.fetch ? GET_TRIES : 1;
  for (let attempt = 1; ; attempt += 1) {
    // Signals that end by themselves are newer than the oldest browsers we support.
    const aborts = new AbortController();
    const timer = setTimeout(() => aborts.abort(), TIMEOUT_MS);
    try {
      const response = await send(path, {
        method,
        keepalive: options.keepalive ?? false,
        signal: aborts.signal,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status === 204) return undefined as T;
      const text = await response.text();
      if (response.ok) return JSON.parse(text) as T;
      throw new ProblemError(problemFrom(text, response.status));
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status < 500) throw error;
      if (attempt >= tries) throw error instanceof ProblemError ? error : new ProblemError(unreachable());
      await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt * (0.5 + Math.random())));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What was sent and not answered, by method, path and body, with its key: the same once more is the same intention. */
const unanswered = new Map<string, string>();

/** Sends a change under a key by which the server does it once, however often it is sent until it is answered. */
export async function change<T>(request: Request, options: Options = {}): Promise<T> {
  const { method, path, body } = request;
  const intention = `${method} ${path} ${digest(JSON.stringify(body) ?? '')}`;
  const idempotencyKey = options.idempotencyKey ?? unanswered.get(intention) ?? newId();
  try {
    const answer = await ask<T>(request, { ...options, idempotencyKey });
    // Another change of this object has succeeded: an unanswered one sent again is a new intention.
    const entity = path.split('/').slice(0, 4).join('/');
    if (!path.endsWith('/heartbeat'))
      for (const known of unanswered.keys()) if (known.includes(` ${entity}`)) unanswered.delete(known);
    return answer;
  } catch (error) {
    const isAnswered =
      error instanceof ProblemError && error.problem.status > 0 && error.problem.status < 500;
    if (isAnswered) unanswered.delete(intention);
    else unanswered.set(intention, idempotencyKey);
    throw error;
  }
}

/** Tells bodies apart without keeping them, which may hold passwords: FNV-1a twice, as plain HTTP has no `crypto.subtle`. */
function digest(text: string): string {
  let [one, other] = [0x811c9dc5, 0];
  for (let at = 0; at < text.length; at += 1) {
    one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
    other = Math.imul(other ^ one, 0x5bd1e995);
  }
  return `${one} ${other}`;
}

/** A picture; nothing is asked again by itself, and whoever gives up gets the abort. */
export async function picture(path: string, signal?: AbortSignal): Promise<Blob> {
  const aborts = new AbortController();
  const stop = () => aborts.abort();
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(stop, PICTURE_TIMEOUT_MS);
  try {
    const response = await fetch(path, { signal: aborts.signal });
    if (response.ok) return await response.blob();
    throw new ProblemError(problemFrom(await response.text(), response.status));
  } catch (error) {
    throw signal?.aborted || error instanceof ProblemError ? error : new ProblemError(unreachable());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** A file of the app itself, so that it is here when there is no network. */
export async function prefetch(path: string): Promise<void> {
  const response = await fetch(path);
  if (!response.ok) throw new ProblemError(problemFrom('', response.status));
}

function problemFrom(text: string, status: number): ProblemBody {
  try {
    const body = JSON.parse(text) as ProblemBody;
    if (body.type) return body;
  } catch {
    // Not JSON, for example a proxy's error page; reported below.
  }
  return { ...unreachable(), status };
}

function unreachable(): ProblemBody {
  return { type: 'unavailable', title: '', status: 0, detail: '', instance: '' };
}

type Values<T> = T[keyof T];
type Declared = Values<{ [Feature in keyof typeof ENDPOINTS]: Values<(typeof ENDPOINTS)[Feature]> }>;
type Named = { [E in Declared as `${E['method']} ${E['path']}`]: E };
/** What can be called: JSON, or nothing, on both sides. */
type Called = { [Name in keyof Named as Named[Name] extends { raw: true } ? never : Name]: Named[Name] };
type Target<E extends Endpoint> = ([Given<E, 'params'>] extends [never]
  ? unknown
  : { params: Given<E, 'params'> }) &
  ([Given<E, 'query'>] extends [never] ? unknown : { query?: Given<E, 'query'> | undefined });
export type InputOf<Name extends keyof Called> = Options &
  Target<Called[Name]> &
  ([Given<Called[Name], 'body'>] extends [never] ? unknown : { body: Given<Called[Name], 'body'> });
export type AnswerOf<Name extends keyof Called> = Answer<Called[Name]>;

/** The address of what the contract declares under this method and path. */
export function addressOf<Name extends keyof Named>(name: Name, target: Target<Named[Name]>): string {
  const { params = {}, query = {} } = target as {
    params?: Record<string, string | number>;
    query?: Record<string, unknown>;
  };
  const path = name
    .slice(name.indexOf('/'))
    .replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(String(params[part])));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => (value == null ? [] : [[key, String(value)]])),
  ).toString();
  return search ? `${path}?${search}` : path;
}

/** The request for what the contract declares under this method and path. */
export function requestOf<Name extends keyof Called>(name: Name, input: InputOf<Name>): Request {
  const [method = ''] = name.split(' ');
  return { method, path: addressOf(name, input as never), body: (input as { body?: unknown }).body };
}

/**
 * Asks the server for what the contract declares under this method and path. What changes something carries a key, by
 * which the server does it once however often it is sent.
 */
export function call<Name extends keyof Called>(
  name: Name,
  ...[input = {} as InputOf<Name>]: Options extends InputOf<Name> ? [InputOf<Name>?] : [InputOf<Name>]
): Promise<AnswerOf<Name>> {
  const send = name.startsWith('GET') ? ask : change;
  return send(requestOf(name, input), input);
}
