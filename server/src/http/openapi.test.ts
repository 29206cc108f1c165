import type { Endpoint } from '@qijian/domain/contract/endpoint.ts';
import { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { describeApi, exampleOf } from './openapi.ts';

const endpoints = Object.values(ENDPOINTS).flatMap((feature) =>
  Object.entries(feature as Record<string, Endpoint>),
);

test('every operation has a name of its own', () => {
  const names = endpoints.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.each(endpoints)('%s has examples that its schemas take', (_name, { params, body, answer }) => {
  const schemas = [...Object.values(params?.properties ?? {}), body, answer[1]] as (
    | TSchema
    | null
    | undefined
  )[];
  for (const schema of schemas) {
    if (!schema || 'contentMediaType' in schema) continue;
    const example = exampleOf(schema);
    expect([...Value.Errors(schema, example)], JSON.stringify(example)).toEqual([]);
  }
});

test('the document describes each operation with its feature, its examples and every problem it may answer', () => {
  const { paths, components } = JSON.parse(JSON.stringify(describeApi(ENDPOINTS)));
  const operation = paths['/api/customers/{id}'].patch;
  expect(operation).toMatchObject({ operationId: 'updateCustomer', tags: ['customers'] });
  expect(operation.parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
  expect(operation.requestBody.content['application/json'].example).toMatchObject({ version: 1 });
  expect(operation.responses[200].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/Customer',
  });
  const { $ref } = operation.responses[409];
  const conflict = components.responses[$ref.split('/').at(-1)].content['application/problem+json'];
  expect(conflict.schema.allOf[1].properties.type.enum).toEqual(['version-conflict', 'fields-frozen']);
  expect(components.examples['version-conflict'].value).toMatchObject({
    type: 'version-conflict',
    status: 409,
  });
  expect(Object.keys(operation.responses)).toEqual(
    expect.arrayContaining(['401', '403', '404', '422', '503']),
  );
  // Nothing of the library's own is left, and everything referred to is there.
  const text = JSON.stringify({ paths, components });
  expect(text).not.toContain('"~');
  for (const [, kind = '', name = ''] of text.matchAll(/#\/components\/(\w+)\/([\w.-]+)/g))
    expect(components[kind][name], name).toBeTruthy();
});
