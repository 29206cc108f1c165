import { PROBLEMS } from '@qijian/domain/contract/problems.ts';
import { expect, test } from 'vitest';
import { isTest, sources } from './sources.ts';

/** Said by the page before it sends anything. */
const OF_THE_PAGE = ['too-many-pixels'];

test('every problem of the contract is answered by the server, or named by a rule it asks', () => {
  const server = sources()
    .filter(({ path }) => /^(server|domain)\/src\/(?!contract)/.test(path) && !isTest(path))
    .map(({ text }) => text)
    .join('\n');
  const unused = Object.keys(PROBLEMS).filter((code) => !server.includes(`'${code}'`));
  expect(unused).toEqual(OF_THE_PAGE);
});
