import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from './testing/test-app.ts';

const TSC = fileURLToPath(new URL('../../node_modules/@typescript/native/bin/tsc', import.meta.url));

/** A program of somebody who has nothing but the served document. */
const PROGRAM = `
import type { components, operations } from './api.ts';

type Json<Name extends keyof operations, Status extends keyof operations[Name]['responses']> =
  operations[Name]['responses'][Status] extends { content: { 'application/json': infer Body } } ? Body : never;
type Problem<Name extends keyof operations, Status extends keyof operations[Name]['responses']> =
  operations[Name]['responses'][Status] extends { content: { 'application/problem+json': infer Body } } ? Body : never;
type Sent<Name extends keyof operations> =
  operations[Name] extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never;

const customer: Sent<'createCustomer'> = { name: '陈思远', phone: '13800000021', amount: null };
const decision: Sent<'decide'> = { version: 3, decision: 'approve' };

async function work(origin: string, token: string): Promise<string[]> {
  const headers = { authorization: \`Bearer \${token}\`, 'idempotency-key': 'a-key-of-mine', 'content-type': 'application/json' };
  const created = await fetch(\`\${origin}/api/customers\`, { method: 'POST', headers, body: JSON.stringify(customer) });
  const { id, pieces, review }: Json<'createCustomer', 201> = await created.json();
  const decided = await fetch(\`\${origin}/api/customers/\${id}/decision\`, { method: 'POST', headers, body: JSON.stringify(decision) });
  if (decided.status === 409) {
    const problem: Problem<'decide', 409> = await decided.json();
    switch (problem.type) {
      case 'version-conflict':
      case 'state-conflict':
      case 'claim-lost':
      case 'already-claimed':
      case 'not-complete':
      case 'not-all-accepted':
        return problem.missing ?? [problem.detail];
      // @ts-expect-error: no other conflict is described.
      case 'in-use':
    }
  }
  const list: Json<'listCustomers', 200> = await (await fetch(\`\${origin}/api/customers?status=pending\`, { headers })).json();
  const first: components['schemas']['Customer'] | undefined = list.items[0];
  const amount: number | null | undefined = first?.amount;
  // @ts-expect-error: a masked number is a text.
  const phone: number | undefined = first?.phone;
  // @ts-expect-error: without a phone there is no customer.
  const nobody: Sent<'createCustomer'> = { name: '陈思远' };
  return [...pieces.map(({ type, state }) => \`\${type} \${state}\`), review?.submittedAt ?? '', String([amount, phone, nobody])];
}
void work;
`;
const OPTIONS = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2024',
    module: 'preserve',
    lib: ['es2024', 'dom'],
    types: [],
    allowImportingTsExtensions: true,
  },
  files: ['program.ts'],
};

interface Operation {
  operationId: string;
  tags: string[];
  responses: Record<string, object>;
}
let world: TestApp;
let document: { paths: Record<string, Record<string, Operation>> };
let folder: string;
beforeAll(async () => {
  world = await createTestApp();
  document = (await (await world.loginAs('staff')).inject({ url: '/api/openapi.json' })).json();
  folder = mkdtempSync(join(tmpdir(), 'qijian-client-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world.close();
});

describe('the served description', () => {
  test('names and files every operation, with what it answers besides', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(100);
    for (const { operationId, tags, responses } of operations) {
      expect(tags, operationId).toHaveLength(1);
      expect(Object.keys(responses), operationId).toContain('503');
    }
  });

  test('makes a client with which a program of others compiles, and is refused what is not so', async () => {
    writeFileSync(join(folder, 'api.ts'), astToString(await openapiTS(document as never)));
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(OPTIONS));
    const compile = () => {
      try {
        return execFileSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
      } catch (error) {
        return String((error as { stdout?: string }).stdout);
      }
    };
    expect(compile()).toBe('');
    writeFileSync(join(folder, 'program.ts'), PROGRAM.replace("decision: 'approve'", "decision: 'perhaps'"));
    expect(compile()).toContain('perhaps');
  });
});
