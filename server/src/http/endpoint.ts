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

/** What `ENDPOINTS` calls each of its endpoints. */
const NAMES = new Map<Endpoint, { tag: string; id: string }>(
  Object.entries(ENDPOINTS).flatMap(([tag, endpoints]) =>
    Object.entries(endpoints).map(([id, endpoint]) => [endpoint as Endpoint, { tag, id }] as const),
  ),
);

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

/** The route of an endpoint, but for its handler. */
export function routeOf(endpoint: Endpoint): Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema'> {
  const { method, path, access, params, query, body, answer } = endpoint;
  const name = NAMES.get(endpoint);
  if (!name) throw new Error(`${method} ${path} is not among the endpoints of the contract`);
  const [status, schema] = answer;
  return {
    method,
    url: path,
    config: { access, endpoint },
    schema: {
      operationId: name.id,
      tags: [name.tag],
      ...(params ? { params } : {}),
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      ...(schema && !('contentMediaType' in schema) ? { response: { [status]: schema } } : {}),
    },
  };
}
