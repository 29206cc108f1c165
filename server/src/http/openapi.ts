import { type Endpoint, type Endpoints, problemsOf } from '@qijian/domain/contract/endpoint.ts';
import { PROBLEMS, type ProblemCode } from '@qijian/domain/contract/problems.ts';
import type { TSchema } from 'typebox';

/** What is read of a JSON Schema here. */
interface Schema {
  title?: string;
  type?: string;
  format?: string;
  const?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  minLength?: number;
  minimum?: number;
  minProperties?: number;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  contentMediaType?: string;
}
type Json = Record<string, unknown>;
/** What operations have in common, and refer to. */
interface Shared {
  schemas: Json;
  responses: Json;
}

/** The OpenAPI document of these endpoints: each operation with its name, feature, parts, examples, answer and problems. */
export function describeApi(features: Record<string, Endpoints>): Json {
  const shared: Shared = { schemas: { Problem: PROBLEM }, responses: {} };
  const paths: Record<string, Json> = {};
  for (const [tag, endpoints] of Object.entries(features)) {
    for (const [operationId, endpoint] of Object.entries(endpoints)) {
      const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
      paths[path] ??= {};
      paths[path][endpoint.method.toLowerCase()] = {
        operationId,
        tags: [tag],
        ...securityOf(endpoint),
        parameters: parametersOf(endpoint, shared),
        ...requestBodyOf(endpoint, shared),
        responses: responsesOf(endpoint, shared),
      };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Qijian 齐件', version: '1', description: 'Document collection for lending companies.' },
    security: [{ session: [] }, { token: [] }],
    tags: Object.keys(features).map((name) => ({ name })),
    paths,
    components: {
      ...shared,
      parameters: {
        IdempotencyKey: {
          in: 'header',
          name: 'Idempotency-Key',
          description: 'Under one key the same request is carried out once, and its answer given again.',
          schema: { type: 'string', minLength: 8, maxLength: 200 },
        },
      },
      examples: Object.fromEntries(
        Object.keys(PROBLEMS).map((code) => [code, { value: problemExample(code as ProblemCode) }]),
      ),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'qijian' },
        token: { type: 'http', scheme: 'bearer' },
        link: { type: 'apiKey', in: 'cookie', name: 'qijian_portal' },
      },
    },
  };
}

const PROBLEM = {
  type: 'object',
  description:
    'RFC 9457; `type` is a stable code, `errors` name single fields, `instance` is the id of the request.',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: { type: 'string', enum: Object.keys(PROBLEMS) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    current: { description: 'The state as it is now.' },
    missing: { type: 'array', items: { type: 'string' } },
    triesLeft: { type: 'integer' },
    retryAfter: { type: 'integer' },
  },
};

function problemExample(code: ProblemCode): Json {
  const [status, title] = PROBLEMS[code];
  return { type: code, title, status, detail: title, instance: ID };
}

function securityOf({ access }: Endpoint): Json {
  if (access === 'public') return { security: [] };
  return access === 'portal' ? { security: [{ link: [] }] } : {};
}

function parametersOf({ path, params, query, once }: Endpoint, shared: Shared): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const schema = (params?.properties[name] ?? { type: 'string' }) as Schema;
    return { in: 'path', name, required: true, schema: plain(schema, shared), example: exampleOf(schema) };
  });
  const required = new Set(query?.required);
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    in: 'query',
    name,
    ...(required.has(name) ? { required: true } : {}),
    schema: plain(schema as Schema, shared),
  }));
  return [...inPath, ...inQuery, ...(once ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : [])];
}

function requestBodyOf({ body, form }: Endpoint, shared: Shared): Json {
  if (form) {
    return {
      requestBody: { required: true, content: { 'multipart/form-data': { schema: plain(form, shared) } } },
    };
  }
  return body ? { requestBody: { required: true, content: contentOf(body, shared) } } : {};
}

function responsesOf(endpoint: Endpoint, shared: Shared): Json {
  const [status, schema] = endpoint.answer;
  const byStatus = Map.groupBy(problemsOf(endpoint), (code) => PROBLEMS[code][0]);
  return {
    [status]: { description: 'Done', ...(schema ? { content: contentOf(schema, shared) } : {}) },
    ...Object.fromEntries([...byStatus].map(([known, codes]) => [known, refused(codes, shared)])),
  };
}

/** The answer that is one of these problems. */
function refused(codes: ProblemCode[], shared: Shared): Json {
  const name = codes.join('.');
  shared.responses[name] ??= {
    description: codes.map((code) => PROBLEMS[code][1]).join('; '),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', required: ['type'], properties: { type: { type: 'string', enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
  return { $ref: `#/components/responses/${name}` };
}

function contentOf(schema: TSchema, shared: Shared): Json {
  const { contentMediaType } = schema as Schema;
  if (contentMediaType) return { [contentMediaType]: { schema: plain(schema, shared) } };
  return { 'application/json': { schema: plain(schema, shared), example: exampleOf(schema) } };
}

/** A schema as plain JSON Schema; one with a title is shared, and referred to. */
function plain(schema: Schema, shared: Shared): unknown {
  const { title } = schema;
  if (!title) return inner(schema, shared);
  if (!(title in shared.schemas)) {
    shared.schemas[title] = null;
    shared.schemas[title] = inner(schema, shared);
  }
  return { $ref: `#/components/schemas/${title}` };
}

function inner(schema: Schema, shared: Shared): unknown {
  const { patternProperties, ...rest } = schema;
  const [values] = Object.values(patternProperties ?? {});
  const entries = Object.entries({ ...rest, ...(values ? { additionalProperties: values } : {}) });
  return Object.fromEntries(
    entries
      // TypeBox internals, such as how a value is decoded.
      .filter(([name]) => !name.startsWith('~'))
      .map(([name, value]) => {
        if (name === 'properties') {
          const properties = Object.entries(value as Record<string, Schema>);
          return [name, Object.fromEntries(properties.map(([key, one]) => [key, plain(one, shared)]))];
        }
        if (name === 'anyOf') return [name, (value as Schema[]).map((one) => plain(one, shared))];
        const isSchema = typeof value === 'object' && (name === 'items' || name === 'additionalProperties');
        return [name, isSchema ? plain(value as Schema, shared) : value];
      }),
  );
}

const ID = '0198f2a4-6c1e-7b3a-9d55-2f7c1a90e4b1';

/** A value of a schema: its own example, or the least that is demanded. */
export function exampleOf(schema: Schema): unknown {
  if (schema.examples) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return exampleOf(schema.anyOf[0] as Schema);
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [], minProperties = 0 } = schema;
      const names = [...new Set([...required, ...Object.keys(properties)])];
      const shown = names.slice(0, Math.max(required.length, minProperties));
      return Object.fromEntries(shown.map((name) => [name, exampleOf(properties[name] ?? {})]));
    }
    case 'array':
      return [exampleOf(schema.items ?? {})];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      if (schema.format === 'uuid') return ID;
      if (schema.format === 'date-time') return '2026-03-02T08:30:00.000Z';
      return 'text'.padEnd(schema.minLength ?? 0, '-');
    default:
      return {};
  }
}
