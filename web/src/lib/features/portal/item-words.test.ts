import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import { samplePortalDocument, samplePortalItem } from '@qijian/e2e/fixtures/contract-samples.ts';
import { expect, test } from 'vitest';
import { itemWords } from './item-words.ts';

const document = samplePortalDocument(1);
const item = (over: Partial<PortalItem>) =>
  samplePortalItem('bank_statement', {
    state: 'received',
    why: null,
    pages: 1,
    documents: [document],
    ...over,
  });

test('the list says what is the matter with a file that could not be read, and what to do', () => {
  const failed = { ...document, state: 'failed' as const, failure: 'encrypted' };
  const words = itemWords(item({ state: 'missing', why: 'failed', documents: [failed] }), null);
  expect(words).toBe('文件有密码；请去掉密码再传');
  // What somebody else sent is not told in detail.
  const other = itemWords(item({ state: 'missing', why: 'failed', documents: [] }), null);
  expect(other).toBe('文件打不开，请重新上传');
});

test('the list says when something of a page is not shown at the desk, until it is accepted', () => {
  const noted = [{ ...document, note: 'missing-glyphs' }];
  expect(itemWords(item({ documents: noted }), null)).toBe('已收到，但有内容显示不出来');
  expect(itemWords(item({ documents: noted, state: 'accepted' }), null)).toBe('已通过');
});

test('what an auditor wrote for several pieces is said above the list and not on each row', () => {
  const asked = item({ state: 'missing', documents: [], pages: 0, requestReason: '请补最近三个月' });
  expect(itemWords(asked, null)).toBe('请补最近三个月');
  expect(itemWords(asked, '请补最近三个月')).toBe('还没上传');
});
