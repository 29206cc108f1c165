import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChecklistItem,
  computeCompleteness,
  type DocumentFacts,
  type TypeMark,
} from './completeness.ts';
import { PRESET_DOCUMENT_TYPES } from './document-types.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const codes = PRESET_DOCUMENT_TYPES.map((type) => type.code);
const accepted = (type: string, facts: Partial<DocumentFacts> = {}): DocumentFacts => ({
  type,
  pages: 1,
  state: 'ready',
  verdict: 'accepted',
  createdAt: NOW - 1000,
  reviewedAt: NOW - 500,
  ...facts,
});
const compute = (
  documents: DocumentFacts[],
  more: { checklist?: ChecklistItem[] | null; requestedTypes?: TypeMark[]; excusedTypes?: TypeMark[] } = {},
) =>
  computeCompleteness({
    types: PRESET_DOCUMENT_TYPES,
    checklist: null,
    requestedTypes: [],
    excusedTypes: [],
    documents,
    now: NOW,
    ...more,
  });
const itemOf = (result: ReturnType<typeof compute>, type: string) =>
  result.items.find((item) => item.type === type);

describe('completeness', () => {
  test('a new customer lacks every required type, in order', () => {
    const result = compute([]);
    expect(result).toMatchObject({ required: 5, satisfied: 0, percent: 0, nextExpiryAt: null });
    expect(result.missing).toEqual([
      'id_card_front',
      'id_card_back',
      'income_proof',
      'bank_statement',
      'credit_report',
    ]);
    expect(itemOf(result, 'id_card_front')).toMatchObject({ reason: 'missing', state: 'missing', pages: 0 });
  });

  test('a document counts from its upload on, before its preview and before its review', () => {
    const result = compute([
      accepted('bank_statement', { state: 'processing', verdict: 'pending', pages: null }),
    ]);
    expect(itemOf(result, 'bank_statement')).toMatchObject({ satisfied: true, state: 'received', pages: 1 });
    expect(result.percent).toBe(20);
  });

  test('the reason says why the documents that are there do not count', () => {
    const reasons = (facts: Partial<DocumentFacts>) =>
      itemOf(compute([accepted('credit_report', facts)]), 'credit_report')?.reason;
    expect(reasons({})).toBeNull();
    expect(reasons({ verdict: 'rejected' })).toBe('rejected');
    expect(reasons({ state: 'failed' })).toBe('failed');
    expect(reasons({ createdAt: NOW - 31 * DAY })).toBe('expired');
  });

  test('a document expires at the midnight in China that ends its last day, which is known beforehand', () => {
    const midnight = Date.UTC(2026, 4, 31, 16);
    const of = (createdAt: number) => compute([accepted('credit_report', { createdAt })]);
    expect(itemOf(of(midnight - 30 * DAY - 1), 'credit_report')?.reason).toBe('expired');
    expect(itemOf(of(midnight - 30 * DAY), 'credit_report')).toMatchObject({ satisfied: true });
    expect(of(midnight - 30 * DAY).nextExpiryAt).toBe(midnight + DAY);
    expect(of(midnight - 29 * DAY - 1).nextExpiryAt).toBe(midnight + DAY);
  });

  test('what is still being opened counts, and nothing can be submitted on it before it has proved readable', () => {
    const processing = { state: 'processing', verdict: 'pending', pages: null } as const;
    const item = (documents: DocumentFacts[], more = {}) => itemOf(compute(documents, more), 'income_proof');
    const sent = accepted('income_proof', processing);
    expect(compute([sent])).toMatchObject({ satisfied: 1, checking: ['income_proof'] });
    expect(compute([accepted('income_proof')]).checking).toEqual([]);
    // Another that is readable is enough by itself, unless it is older than what was asked for.
    expect(item([accepted('income_proof'), sent])?.checking).toBe(false);
    const requestedTypes = [{ type: 'income_proof', at: NOW - 900 }];
    const old = accepted('income_proof', { createdAt: NOW - 2000 });
    expect(item([old, { ...sent, createdAt: NOW - 100 }], { requestedTypes })).toMatchObject({
      satisfied: true,
      checking: true,
    });
    expect(item([{ ...sent, state: 'failed' }])).toMatchObject({ satisfied: false, checking: false });
  });

  test('taking a returned document away does not answer what was said of it', () => {
    const rejected = accepted('income_proof', {
      verdict: 'rejected',
      reviewedAt: NOW - 500,
      isDeleted: true,
    });
    const older = accepted('income_proof', { createdAt: NOW - 900 });
    const item = (documents: DocumentFacts[], more = {}) => itemOf(compute(documents, more), 'income_proof');
    expect(item([rejected])).toMatchObject({ state: 'returned', reason: 'rejected', pages: 0 });
    expect(item([rejected, older])).toMatchObject({ satisfied: false, state: 'returned', excusable: true });
    expect(item([rejected, older, accepted('income_proof', { createdAt: NOW - 100 })])?.satisfied).toBe(true);
    const excusedTypes = [{ type: 'income_proof', at: NOW - 100 }];
    expect(item([rejected, older], { excusedTypes })?.satisfied).toBe(true);
  });

  test('a document that was moved to a type that was asked for counts from then on', () => {
    const requestedTypes = [{ type: 'income_proof', at: NOW - 500 }];
    const item = (facts: Partial<DocumentFacts>) =>
      itemOf(
        compute([accepted('income_proof', { createdAt: NOW - 900, ...facts })], { requestedTypes }),
        'income_proof',
      );
    expect(item({})).toMatchObject({ satisfied: false, reason: 'requested' });
    expect(item({ movedAt: NOW - 100 })).toMatchObject({ satisfied: true });
  });

  test('pages are counted over all documents of a type', () => {
    const checklist = [{ type: 'bank_statement', required: true, minPages: 3, maxAgeDays: null }];
    const two = [accepted('bank_statement', { pages: 2 })];
    expect(itemOf(compute(two, { checklist }), 'bank_statement')).toMatchObject({
      satisfied: false,
      reason: 'too-few-pages',
      pages: 2,
    });
    expect(compute([...two, accepted('bank_statement', { pages: null })], { checklist })).toMatchObject({
      percent: 100,
      missing: [],
    });
  });

  describe('photographs that are the pages of one document', () => {
    const pageOf = (index: number, facts: Partial<DocumentFacts> = {}) =>
      accepted('bank_statement', { verdict: 'pending', group: { id: 'a-group', index, total: 4 }, ...facts });
    const statement = (documents: DocumentFacts[]) => itemOf(compute(documents), 'bank_statement');

    test('count for nothing until the last page is there, and say which are not', () => {
      const three = [0, 2, 3].map((index) => pageOf(index));
      expect(statement(three)).toMatchObject({
        satisfied: false,
        reason: 'incomplete',
        state: 'missing',
        pages: 0,
        incomplete: { id: 'a-group', arrived: 3, total: 4, missing: [1] },
      });
      expect(statement([...three, pageOf(1)])).toMatchObject({
        satisfied: true,
        state: 'received',
        pages: 4,
        incomplete: null,
      });
    });

    test('a page that cannot be opened is not there until another is sent in its place', () => {
      const broken = [0, 1, 2].map((index) => pageOf(index)).concat(pageOf(3, { state: 'failed' }));
      expect(statement(broken)?.incomplete).toMatchObject({ arrived: 3, missing: [3] });
      expect(statement([...broken, pageOf(3)])).toMatchObject({ satisfied: true, pages: 4 });
    });

    test('are whole once somebody says that no further page comes, whatever is still under way', () => {
      const group = { id: 'a-group', index: 0, total: null };
      const settled = [accepted('bank_statement', { group }), pageOf(3)];
      expect(statement(settled)).toMatchObject({ satisfied: true, incomplete: null });
    });

    test('one rejected page returns the piece, however many pages stand beside it, until something newer comes', () => {
      const rejected = pageOf(1, { verdict: 'rejected', reviewedAt: NOW - 500 });
      const pages = [pageOf(0), rejected, pageOf(2), pageOf(3)];
      expect(statement(pages)).toMatchObject({ satisfied: false, reason: 'rejected', state: 'returned' });
      const again = accepted('bank_statement', { verdict: 'pending', createdAt: NOW - 100 });
      expect(statement([...pages, again])).toMatchObject({ satisfied: true, pages: 4, state: 'received' });
    });

    test('another document of the type that is whole satisfies it; what is incomplete is said all the same', () => {
      expect(statement([accepted('bank_statement'), pageOf(0)])).toMatchObject({
        satisfied: true,
        reason: null,
        pages: 1,
        incomplete: { arrived: 1, total: 4 },
      });
    });
  });

  test('a checklist decides alone what is required; what an auditor asks for is required besides', () => {
    const checklist = [
      { type: 'property_proof', required: true, minPages: null, maxAgeDays: null },
      { type: 'id_card_front', required: false, minPages: null, maxAgeDays: null },
    ];
    expect(compute([], { checklist }).missing).toEqual(['property_proof']);
    expect(compute([], { checklist, requestedTypes: [{ type: 'id_card_front', at: NOW }] }).missing).toEqual([
      'id_card_front',
      'property_proof',
    ]);
  });

  test('a type out of use is not asked for, unless an auditor asked this customer for it', () => {
    const types = PRESET_DOCUMENT_TYPES.map((type) => ({ ...type, active: type.code !== 'income_proof' }));
    const of = (requestedTypes: TypeMark[]) =>
      computeCompleteness({
        types,
        checklist: null,
        requestedTypes,
        excusedTypes: [],
        documents: [],
        now: NOW,
      }).missing;
    expect(of([])).not.toContain('income_proof');
    expect(of([{ type: 'income_proof', at: NOW }])).toContain('income_proof');
  });

  test('a returned piece stays returned until something newer takes its place, whatever else is there', () => {
    const rejected = accepted('bank_statement', { verdict: 'rejected', reviewedAt: NOW - 500 });
    const another = accepted('bank_statement', { createdAt: NOW - 900 });
    const newer = accepted('bank_statement', { createdAt: NOW - 400, verdict: 'pending' });
    const item = (documents: DocumentFacts[]) => itemOf(compute(documents), 'bank_statement');
    const returned = { satisfied: false, reason: 'rejected', state: 'returned' };
    expect(item([rejected])).toMatchObject({ ...returned, excusable: false });
    expect(item([rejected, another])).toMatchObject({ ...returned, excusable: true });
    expect(item([rejected, another, { ...newer, state: 'failed' }])).toMatchObject(returned);
    expect(item([rejected, another, newer])).toMatchObject({ satisfied: true, state: 'received' });
    expect(item([rejected, another, { ...newer, verdict: 'accepted' }])?.state).toBe('accepted');
    const again = { ...newer, verdict: 'rejected' as const, reviewedAt: NOW };
    expect(item([rejected, another, again])).toMatchObject(returned);
  });

  test('a requested type needs something newer than the request, although it has a document', () => {
    const at = NOW - 500;
    const requestedTypes = [{ type: 'income_proof', at }];
    const item = (documents: DocumentFacts[]) =>
      itemOf(compute(documents, { requestedTypes }), 'income_proof');
    const old = accepted('income_proof', { createdAt: at - 1 });
    expect(item([old])).toMatchObject({
      satisfied: false,
      reason: 'requested',
      state: 'missing',
      excusable: true,
    });
    expect(item([old, accepted('income_proof', { createdAt: at + 1 })])).toMatchObject({
      satisfied: true,
      excusable: false,
    });
  });

  test('what staff excuse counts as it is, until the auditor asks or returns again', () => {
    const old = [
      accepted('income_proof', { createdAt: NOW - 900 }),
      accepted('income_proof', { createdAt: NOW - 900, verdict: 'rejected', reviewedAt: NOW - 800 }),
    ];
    const excusedTypes = [{ type: 'income_proof', at: NOW - 500 }];
    const of = (type: string, documents: DocumentFacts[], requestedAt: number) =>
      itemOf(compute(documents, { requestedTypes: [{ type, at: requestedAt }], excusedTypes }), type);
    expect(of('income_proof', old, NOW - 700)).toMatchObject({ satisfied: true, state: 'accepted' });
    expect(of('income_proof', old, NOW - 300)).toMatchObject({ satisfied: false, reason: 'requested' });
    const judgedSince = { ...(old[1] as DocumentFacts), reviewedAt: NOW - 300 };
    expect(of('income_proof', [...old, judgedSince], NOW - 700)).toMatchObject({ state: 'returned' });
    const optional = compute([], {
      requestedTypes: [{ type: 'property_proof', at: NOW - 700 }],
      excusedTypes: [{ type: 'property_proof', at: NOW - 500 }],
    });
    expect(itemOf(optional, 'property_proof')).toMatchObject({ required: false, requested: false });
  });

  test('nothing required is complete', () => {
    expect(compute([], { checklist: [] })).toMatchObject({ required: 0, percent: 100, missing: [] });
  });
});

describe('completeness, whatever there is', () => {
  const type = fc.constantFrom(...codes);
  const document: fc.Arbitrary<DocumentFacts> = fc.record({
    type,
    pages: fc.option(fc.integer({ min: 1, max: 5 })),
    state: fc.constantFrom('processing', 'ready', 'failed'),
    verdict: fc.constantFrom('pending', 'accepted', 'rejected'),
    createdAt: fc.integer({ min: NOW - 120 * DAY, max: NOW - 1 }),
    reviewedAt: fc.option(fc.integer({ min: NOW - 120 * DAY, max: NOW - 1 })),
  });
  const marks = fc.array(fc.record({ type, at: fc.integer({ min: NOW - 120 * DAY, max: NOW - 1 }) }), {
    maxLength: 3,
  });
  const checklist = fc.option(
    fc.uniqueArray(
      fc.record({
        type,
        required: fc.boolean(),
        minPages: fc.option(fc.integer({ min: 1, max: 4 })),
        maxAgeDays: fc.option(fc.integer({ min: 1, max: 90 })),
      }),
      { selector: (item) => item.type },
    ),
  );
  const input = fc.record({
    checklist,
    requestedTypes: marks,
    excusedTypes: marks,
    documents: fc.array(document, { maxLength: 20 }),
  });

  test('an accepted document more never lowers what is satisfied', () => {
    fc.assert(
      fc.property(input, type, fc.integer({ min: 1, max: 5 }), ({ documents, ...rest }, code, pages) => {
        const before = compute(documents, rest);
        const after = compute([...documents, accepted(code, { pages, createdAt: NOW })], rest);
        expect(after.satisfied).toBeGreaterThanOrEqual(before.satisfied);
        expect(before.missing).toEqual(expect.arrayContaining(after.missing));
      }),
    );
  });

  test('100 percent means that nothing is missing, and the other way round', () => {
    fc.assert(
      fc.property(input, ({ documents, ...rest }) => {
        const result = compute(documents, rest);
        expect(result.percent === 100).toBe(result.missing.length === 0);
        expect(result.required - result.satisfied).toBe(result.missing.length);
      }),
    );
  });

  test('rejected, failed and expired documents never count', () => {
    const dead = fc.oneof(
      document.map((facts) => ({ ...facts, verdict: 'rejected' as const })),
      document.map((facts) => ({ ...facts, state: 'failed' as const })),
      document.map((facts) => ({ ...facts, type: 'credit_report', createdAt: NOW - 91 * DAY })),
    );
    fc.assert(
      fc.property(input, fc.array(dead, { minLength: 1, maxLength: 10 }), ({ documents, ...rest }, more) => {
        const usual = {
          ...rest,
          checklist:
            rest.checklist?.map((item) =>
              item.type === 'credit_report' ? { ...item, maxAgeDays: 90 } : item,
            ) ?? null,
        };
        const pages = (all: DocumentFacts[]) =>
          compute(all, usual).items.map(({ type, pages }) => ({ type, pages }));
        expect(pages([...documents, ...more])).toEqual(pages(documents));
        expect(compute([...documents, ...more], usual).satisfied).toBeLessThanOrEqual(
          compute(documents, usual).satisfied,
        );
        expect(compute(more, usual).satisfied).toBe(0);
      }),
    );
  });

  test('what was there before the last request or rejection satisfies no type, unless it is excused', () => {
    fc.assert(
      fc.property(input, ({ documents, ...rest }) => {
        for (const item of compute(documents, rest).items.filter(({ satisfied }) => satisfied)) {
          const own = documents.filter((document) => document.type === item.type);
          const of = (all: readonly TypeMark[]) => all.filter((mark) => mark.type === item.type);
          const rejected = own.filter(({ verdict }) => verdict === 'rejected');
          const asked = [
            ...of(rest.requestedTypes).map(({ at }) => at),
            ...rejected.map(({ reviewedAt, createdAt }) => reviewedAt ?? createdAt),
          ];
          const excusedAt = Math.max(...of(rest.excusedTypes).map(({ at }) => at));
          for (const at of asked.filter((one) => one > excusedAt))
            expect(own.some(({ verdict, createdAt }) => verdict !== 'rejected' && createdAt > at)).toBe(true);
        }
      }),
    );
  });

  test('the order of the documents does not matter', () => {
    fc.assert(
      fc.property(input, ({ documents, ...rest }) => {
        expect(compute(documents.toReversed(), rest)).toEqual(compute(documents, rest));
      }),
    );
  });
});
