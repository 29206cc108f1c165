import { Type } from 'typebox';
import type { Endpoints } from '../endpoint.ts';
import { Bytes } from './common.ts';

export const LivenessAnswer = Type.Object({ status: Type.Literal('ok') });
const Part = Type.Enum(['ok', 'not available']);
/** Answered with 503 while a part is missing. */
export const ReadinessAnswer = Type.Object({
  status: Type.Enum(['ready', 'not ready']),
  postgres: Part,
  migrations: Part,
  redis: Part,
  storage: Part,
});

/** Whether this process lives and can do its work, its figures for Prometheus, and what the API is. */
export const healthEndpoints = {
  readLiveness: {
    method: 'GET',
    path: '/healthz',
    access: 'public',
    answer: [200, LivenessAnswer],
  },
  readReadiness: {
    method: 'GET',
    path: '/readyz',
    access: 'public',
    answer: [200, ReadinessAnswer],
    raw: true,
  },
  readMetrics: {
    method: 'GET',
    path: '/metrics',
    /** Prometheus comes with an API token of an administrator. */
    access: 'figures.read',
    answer: [200, Bytes('text/plain')],
    raw: true,
  },
  readDescription: {
    method: 'GET',
    path: '/api/openapi.json',
    access: 'signed-in',
    answer: [200, Type.Unknown()],
  },
} as const satisfies Endpoints;
