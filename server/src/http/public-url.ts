import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

/** The address people open: the configured one, else the one this request came to. */
export function publicUrl(config: Config, request: FastifyRequest): string {
  return config.PUBLIC_URL ?? `${request.protocol}://${request.host}`;
}
