import type { Endpoint } from '@qijian/domain/contract/endpoint.ts';
import { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, StaticDecode, TSchema } from 'typebox';

type Decoded<S> = S extends TSchema ? StaticDecode<S> : unknown;
type RequestOf<E extends Endpoint> = FastifyRequest<{
  Params: Decoded<E['params']>;
  Querystring: Decoded<E['query']>;
  Body: Decoded<E['body']>;
}>;
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
export function serve<const E extends Endpoint>(
  app: FastifyInstance,
  endpoint: E,
  handle: (request: RequestOf<E>, reply: FastifyReply) => Answered<E>,
): void {
  const { method, path, access, params, query, body, answer } = endpoint;
  const [status, schema] = answer;
  const name = NAMES.get(endpoint);
  if (!name) throw new Error(`${method} ${path} is not among the endpoints of the contract`);
  app.route({
    method,
    url: path,
    config: { access },
    schema: {
      operationId: name.id,
      tags: [name.tag],
      ...(params ? { params } : {}),
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      ...(schema ? { response: { [status]: schema } } : {}),
    },
    handler: async (request, reply) => {
      const answered = await handle(request as RequestOf<E>, reply);
      return reply.code(status).send(answered ?? undefined);
    },
  });
}
