import type { FieldError } from '@qijian/domain/contract/problems.ts';
import type { FastifyInstance } from 'fastify';
import { fieldProblems } from './problem.ts';

/** Whether the database takes a string: NUL and halves of characters are no text. */
export const isText = (value: string) => !value.includes('\0') && value.isWellFormed();

/** Refuses, by the path of the field, what has the right form but is no text; for every route that declares what it takes. */
export function registerTextCheck(app: FastifyInstance): void {
  app.addHook('preHandler', async (request) => {
    const { schema } = request.routeOptions;
    const errors = [
      ...(schema?.params ? faultsIn(request.params) : []),
      ...(schema?.querystring ? faultsIn(request.query) : []),
      ...(schema?.body ? faultsIn(request.body) : []),
    ];
    if (errors.length > 0) throw fieldProblems(errors);
  });
}

function faultsIn(value: unknown, path = ''): FieldError[] {
  if (typeof value === 'string') return isText(value) ? [] : [{ path, message: 'is not text' }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path ? `${path}.${name}` : name;
    return isText(name) ? faultsIn(inner, at) : [{ path, message: 'has a property whose name is not text' }];
  });
}
