import { type PortalItem, portalDocument } from '@qijian/domain/rules/portal.ts';
import { expect, test } from 'vitest';
import { itemWords } from './item-words.ts';

const document = portalDocument(
  {
    id: 'a',
    type: 'bank_statement',
    linkId: 'link',
    filename: '流水.pdf',
    pages: 1,
    group: null,
    state: 'ready',
    failure: null,
    note: null,
    verdict: 'pending',
    reasonCodes: [],
    message: null,
    region: null,
    createdAt: 0,
    reviewedAt: null,
  },
  { status: 'pending', submittedAt: null },
);
const item = (over: Partial<PortalItem>): PortalItem => ({
  type: 'bank_statement',
  name: { zh: '银行流水', en: 'Bank statement' },
  instructions: null,
  required: true,
  requested: false,
  state: 'received',
  checking: false,
  why: null,
  pages: 1,
  minPages: 1,
  incomplete: null,
  canWaive: false,
  returned: null,
  requestReason: null,
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
