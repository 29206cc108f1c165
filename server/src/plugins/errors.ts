import type { FieldError } from '@qijian/domain/contract/problems.ts';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { Problem } from './problem.ts';

/** Every error leaves as RFC 9457 `application/problem+json`; what we did not expect is logged and says nothing more. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  // What no route takes at all, such as a method that is none of ours.
  app.setNotFoundHandler(async () => {
    throw new Problem('not-found');
  });
}

/** The one answer to an error, also where Fastify finds it before there is a route. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.statusCode >= 500) request.log.error({ err: error }, 'request failed');
  if (problem.extra.retryAfter !== undefined) reply.header('retry-after', String(problem.extra.retryAfter));
  reply
    .code(problem.statusCode)
    .type('application/problem+json')
    .send(JSON.stringify(problem.body(request.id)));
}

/** The problem behind any error; unknown ones become `internal`. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const fault = error as FastifyError & { validationContext?: string };
  if (fault.validation) {
    return new Problem('validation-failed', { errors: fault.validation.map(fieldError) });
  }
  switch (fault.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body-too-large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('malformed-request');
  }
  if (isDatabaseAway(fault)) return new Problem('unavailable');
  if (fault.statusCode === 400) return new Problem('malformed-request');
  return new Problem('internal');
}

function fieldError(fault: FastifySchemaValidationError): FieldError {
  const params = fault.params as { requiredProperties?: string[]; additionalProperties?: string[] };
  const base = fault.instancePath.split('/').filter(Boolean);
  const name = params.requiredProperties?.[0] ?? params.additionalProperties?.[0];
  return { path: [...base, ...(name ? [name] : [])].join('.'), message: fault.message ?? 'is not valid' };
}

const CONNECTION_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
];

/** Whether the database could not be reached (drizzle wraps the driver's error as `cause`). */
export function isDatabaseAway(error: unknown): boolean {
  for (let at = error as { code?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code && CONNECTION_CODES.includes(at.code)) return true;
  }
  return false;
}
