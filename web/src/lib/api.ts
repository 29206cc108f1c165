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

async function request<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const send = options.fetch ?? fetch;
  const tries = method === 'GET' && !options.fetch ? GET_TRIES : 1;
  for (let attempt = 1; ; attempt += 1) {
    // By hand: a signal that runs out by itself is younger than the browsers we support.
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
async function change<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const intention = `${method} ${path} ${JSON.stringify(body)}`;
  const idempotencyKey = options.idempotencyKey ?? unanswered.get(intention) ?? newId();
  try {
    const answer = await request<T>(method, path, body, { ...options, idempotencyKey });
    // Whoever has gone on to something else means it anew; that a page is still open says nothing.
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

/** A picture; nothing is asked again by itself, and whoever gives up gets the abort. */
async function picture(path: string, signal?: AbortSignal): Promise<Blob> {
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
async function prefetch(path: string): Promise<void> {
  const response = await fetch(path);
  if (!response.ok) throw new ProblemError(problemFrom('', response.status));
}

function problemFrom(text: string, status: number): ProblemBody {
  try {
    const body = JSON.parse(text) as ProblemBody;
    if (body.type) return body;
  } catch {
    // A proxy's page and the like; said below.
  }
  return { ...unreachable(), status };
}

function unreachable(): ProblemBody {
  return { type: 'unavailable', title: '', status: 0, detail: '', instance: '' };
}

type Values<T> = T[keyof T];
type Declared = Values<{ [Feature in keyof typeof ENDPOINTS]: Values<(typeof ENDPOINTS)[Feature]> }>;
type Named = { [E in Declared as `${E['method']} ${E['path']}`]: E };
type Input<E extends Endpoint> = Options &
  ([Given<E, 'params'>] extends [never] ? unknown : { params: Given<E, 'params'> }) &
  ([Given<E, 'query'>] extends [never] ? unknown : { query?: Given<E, 'query'> | undefined }) &
  ([Given<E, 'body'>] extends [never] ? unknown : { body: Given<E, 'body'> });
type AnyInput = Options & {
  params?: Record<string, string | number>;
  query?: Record<string, unknown> | undefined;
  body?: unknown;
};

/**
 * Asks the server for what the contract declares under this method and path. What changes something carries a key, by
 * which the server does it once however often it is sent.
 */
export async function call<Name extends keyof Named>(
  name: Name,
  ...[input]: Options extends Input<Named[Name]> ? [Input<Named[Name]>?] : [Input<Named[Name]>]
): Promise<Answer<Named[Name]>> {
  const [method = '', path = ''] = name.split(' ');
  const { params = {}, query, body, ...options } = (input ?? {}) as AnyInput;
  const filled = path.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(String(params[part])));
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([key, value]) => (value == null ? [] : [[key, String(value)]])),
  ).toString();
  const send = method === 'GET' ? request : change;
  return send(method, search ? `${filled}?${search}` : filled, body, options);
}

/** The only place that talks HTTP to the server; answers data or throws `ProblemError`. */
export const api = {
  get: <T>(path: string, options: Options = {}) => request<T>('GET', path, undefined, options),
  post: <T>(path: string, body: unknown = {}, options: Options = {}) =>
    change<T>('POST', path, body, options),
  patch: <T>(path: string, body: unknown, options: Options = {}) => change<T>('PATCH', path, body, options),
  picture,
  prefetch,
  del: <T>(path: string, body?: unknown, options: Options = {}) => change<T>('DELETE', path, body, options),
};
