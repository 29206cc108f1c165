import type { Endpoint } from '@qijian/domain/contract/endpoint.ts';
import { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Static, StaticDecode, TSchema } from 'typebox';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route was registered from. */
    endpoint?: Endpoint;
  }
}

type Decoded<S> = S extends TSchema ? StaticDecode<S> : unknown;
/** What a request of an endpoint holds. */
export interface PartsOf<E extends Endpoint> {
  Params: Decoded<E['params']>;
  Querystring: Decoded<E['query']>;
  Body: Decoded<E['body']>;
}
type Answered<E extends Endpoint> = E['answer'][1] extends TSchema
  ? Promise<Static<E['answer'][1]>>
  : Promise<void>;

const KNOWN = new Set<Endpoint>(Object.values(ENDPOINTS).flatMap((feature) => Object.values(feature)));

const PATTERNS = [...KNOWN].map(({ method, path }) => ({
  methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
  pattern: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`),
}));

/** The methods an address takes, none where it is no address of ours: Fastify looks a route up by its pattern alone. */
export function methodsOf(url: string): string[] {
  const [path = ''] = url.split('?');
  return [...new Set(PATTERNS.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))];
}

/**
 * Registers an endpoint of the contract: who may ask and what is taken are checked before `handle`, and what it
 * answers is sent with the endpoint's status.
 */
export function serve<const E extends Endpoint & { raw?: never }>(
  app: FastifyInstance,
  endpoint: E,
  handle: (request: FastifyRequest<PartsOf<E>>, reply: FastifyReply) => Answered<E>,
): void {
  const [status] = endpoint.answer;
  app.route({
    ...routeOf(endpoint),
    handler: async (request, reply) => {
      const answered = await handle(request as FastifyRequest<PartsOf<E>>, reply);
      return reply.code(status).send(answered ?? undefined);
    },
  });
}

/** The same for an endpoint whose handler reads the request or sends the answer itself. */
export function serveRaw<const E extends Endpoint & { raw: true }>(
  app: FastifyInstance,
  endpoint: E,
  handle: (request: FastifyRequest<PartsOf<E>>, reply: FastifyReply) => Promise<unknown>,
): void {
  app.route({
    ...routeOf(endpoint),
    handler: (request, reply) => handle(request as FastifyRequest<PartsOf<E>>, reply),
  });
}

const isJson = (schema: TSchema) => !('contentMediaType' in schema);

/** The route of an endpoint, but for its handler. */
export function routeOf(endpoint: Endpoint): Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema'> {
  const { method, path, access, params, query, body, answer } = endpoint;
  if (!KNOWN.has(endpoint)) throw new Error(`${method} ${path} is not among the endpoints of the contract`);
  const [status, schema] = answer;
  return {
    method,
    url: path,
    config: { access, endpoint },
    schema: {
      ...(params ? { params } : {}),
      ...(query ? { querystring: query } : {}),
      ...(body && isJson(body) ? { body } : {}),
      ...(schema && isJson(schema) ? { response: { [status]: schema } } : {}),
    },
  };
}
