import type { FieldError } from '@qijian/domain/contract/problems.ts';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { methodsOf } from './endpoint.ts';
import { fieldProblems, Problem } from './problem.ts';

/** Every error leaves as RFC 9457 `application/problem+json`; what we did not expect is logged and says nothing more. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  // No route takes it at all, for example an unknown method.
  app.setNotFoundHandler(refuseUnknown);
}

/** No route takes this: an address that takes other methods says which. */
export async function refuseUnknown(request: FastifyRequest, reply: FastifyReply): Promise<never> {
  const methods = methodsOf(request.url);
  if (methods.length === 0) throw new Problem('not-found');
  reply.header('allow', methods.join(', '));
  throw new Problem('method-not-allowed');
}

/** The one answer to an error, also where Fastify finds it before there is a route. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.statusCode >= 500) request.log.error({ err: error }, 'request failed');
  else if (isDataException(error)) request.log.warn({ err: error }, 'the database refused a value');
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
    return fieldProblems(fault.validation.map(fieldError));
  }
  if (isDatabaseAway(fault)) return new Problem('unavailable');
  if (isDatabaseFull(fault)) return new Problem('storage-full');
  // Our checks let the value pass, but it came with the request.
  if (isDataException(fault)) return new Problem('validation-failed');
  const { statusCode = 500 } = fault;
  if (statusCode === 413) return new Problem('body-too-large');
  if (statusCode === 415) return new Problem('unsupported-media-type');
  return new Problem(statusCode >= 400 && statusCode < 500 ? 'malformed-request' : 'internal');
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

/** Whether the database could not be reached. */
export const isDatabaseAway = (error: unknown): boolean =>
  hasCode(error, (code) => CONNECTION_CODES.includes(code));

/** Whether the database has no place left on its disk (SQLSTATE 53100). */
export const isDatabaseFull = (error: unknown): boolean => hasCode(error, (code) => code === '53100');

/** Whether a value was none of its type for the database (SQLSTATE class 22). */
const isDataException = (error: unknown): boolean => hasCode(error, (code) => /^22[0-9A-Z]{3}$/.test(code));

/** Looks for a code through all causes: drizzle wraps the driver's error. */
function hasCode(error: unknown, matches: (code: string) => boolean): boolean {
  for (let at = error as { code?: unknown; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (typeof at.code === 'string' && matches(at.code)) return true;
  }
  return false;
}
