import { describe, expect, test } from 'vitest';
import { computeCompleteness } from './completeness.ts';
import type { CustomerState } from './customer-states.ts';
import { PRESET_DOCUMENT_TYPES } from './document-types.ts';
import {
  applyPortalChange,
  maskName,
  ownView,
  type PortalDocumentFacts,
  portalChange,
  portalView,
  sharedReason,
} from './portal.ts';

const NOW = Date.UTC(2026, 2, 1);
const LINK = 'a-link';
const document = (over: Partial<PortalDocumentFacts>): PortalDocumentFacts => ({
  id: `document-${over.type}`,
  type: 'id_card_front',
  linkId: LINK,
  filename: 'IMG_1.jpg',
  pages: 1,
  group: null,
  state: 'ready',
  failure: null,
  note: null,
  verdict: 'pending',
  reasonCodes: [],
  message: null,
  region: null,
  createdAt: NOW,
  reviewedAt: null,
  ...over,
});
function view(
  documents: PortalDocumentFacts[],
  over: {
    status?: CustomerState;
    requested?: { type: string; reason: string }[];
    waived?: string[];
    submittedAt?: number;
  } = {},
) {
  const { status = 'pending', requested = [], waived = [], submittedAt = null } = over;
  const completeness = computeCompleteness({
    types: PRESET_DOCUMENT_TYPES,
    checklist: null,
    requestedTypes: requested.map(({ type }) => ({ type, at: NOW - 1 })),
    excusedTypes: [],
    documents,
    now: NOW,
  });
  return portalView({
    types: PRESET_DOCUMENT_TYPES,
    completeness,
    requested,
    waivedTypes: waived,
    status,
    submittedAt,
    documents,
  });
}
const itemOf = (of: ReturnType<typeof view>, type: string) => {
  const item = of.items.find((candidate) => candidate.type === type);
  if (!item) throw new Error(type);
  return item;
};

describe('what a customer sees', () => {
  test('everything in checklist order, and progress over what is required', () => {
    const seen = view([
      document({ type: 'id_card_front', verdict: 'accepted' }),
      document({ type: 'income_proof' }),
      document({ type: 'credit_report', verdict: 'rejected', reasonCodes: ['blurred'] }),
      document({ type: 'other' }),
    ]);
    expect(seen.items.map((item) => item.type)).toEqual(PRESET_DOCUMENT_TYPES.map((type) => type.code));
    expect(seen.progress).toEqual({ total: 5, accepted: 1, pending: 1, missing: 3 });
    expect([seen.state, seen.next]).toEqual(['collecting', 'add-documents']);
  });

  test('the reason and the marked part of the newest rejected document, until there is a better one', () => {
    const region = { page: 1, x: 0.5, y: 0.5, width: 0.2, height: 0.1 };
    const rejected = [
      document({ id: 'first', verdict: 'rejected', reasonCodes: ['dark'], message: '太暗' }),
      document({
        id: 'second',
        verdict: 'rejected',
        reasonCodes: ['covered', 'dark'],
        message: '右下角被遮住',
        region,
      }),
    ];
    expect(itemOf(view(rejected), 'id_card_front')).toMatchObject({
      state: 'returned',
      why: 'rejected',
      returned: { documentId: 'second', reasonCodes: ['covered', 'dark'], message: '右下角被遮住', region },
    });
    const again = view([...rejected, document({ id: 'third', createdAt: NOW + 1 })]);
    expect(itemOf(again, 'id_card_front')).toMatchObject({ state: 'received', why: null, returned: null });
  });

  test('what the auditor asked for, with the reason, until it is there', () => {
    const requested = [{ type: 'property_proof', reason: '请补房产证' }];
    expect(itemOf(view([], { requested }), 'property_proof')).toMatchObject({
      required: true,
      requested: true,
      canWaive: false,
      requestReason: '请补房产证',
    });
    const sent = view([document({ type: 'property_proof' })], { requested });
    expect(itemOf(sent, 'property_proof').requestReason).toBeNull();
  });

  test('names of files only of those that came by a link', () => {
    const seen = view([
      document({ id: 'own', filename: '我的.jpg' }),
      document({ id: 'staff', linkId: null, filename: '林晓-备注.pdf' }),
    ]);
    expect(
      itemOf(seen, 'id_card_front').documents.map(({ id, filename, link }) => [id, filename, link]),
    ).toEqual([
      ['own', '我的.jpg', LINK],
      ['staff', null, null],
    ]);
  });

  test('optional types may be said not to exist, required ones not, decided files not at all', () => {
    const waived = ['marriage_certificate', 'id_card_front'];
    expect(itemOf(view([], { waived }), 'marriage_certificate')).toMatchObject({
      state: 'waived',
      canWaive: true,
    });
    expect(itemOf(view([], { waived }), 'id_card_front')).toMatchObject({
      state: 'missing',
      canWaive: false,
    });
    expect(itemOf(view([], { status: 'approved' }), 'marriage_certificate').canWaive).toBe(false);
    const sent = view([document({ type: 'marriage_certificate' })], { waived });
    expect(itemOf(sent, 'marriage_certificate').state).toBe('received');
  });

  test.each([
    ['pending', 'collecting'],
    ['reviewing', 'reviewing'],
    ['approved', 'approved'],
    ['rejected', 'closed'],
  ] as const)('a %s file is %s', (status, state) => {
    expect(view([], { status }).state).toBe(state);
  });

  test('a file that lacks nothing is complete before anybody has said so', () => {
    const required = PRESET_DOCUMENT_TYPES.filter((type) => type.required);
    const seen = view(required.map((type) => document({ type: type.code })));
    expect([seen.state, seen.next, seen.progress.missing]).toEqual(['complete', 'wait-for-staff', 0]);
  });
});

describe('taking back', () => {
  const until = (documents: PortalDocumentFacts, over = {}) =>
    itemOf(view([documents], over), 'id_card_front').documents[0]?.undoUntil;

  test('is possible for half an hour', () => {
    expect(until(document({}))).toBe(new Date(NOW + 30 * 60_000).toISOString());
  });

  test('is not for what staff added, was judged, was submitted, or belongs to a decided file', () => {
    expect(until(document({ linkId: null }))).toBeNull();
    expect(until(document({ verdict: 'accepted' }))).toBeNull();
    expect(until(document({ verdict: 'rejected' }))).toBeNull();
    expect(until(document({}), { status: 'approved' })).toBeNull();
    expect(until(document({}), { status: 'reviewing', submittedAt: NOW + 1 })).toBeNull();
    expect(until(document({}), { status: 'reviewing', submittedAt: NOW - 1 })).not.toBeNull();
  });
});

test('a reason that an auditor gave for several documents is said once; one for a single document stands at it', () => {
  const reasons = (requested: { type: string; reason: string }[]) =>
    sharedReason(view([], { requested }).items);
  const again = '请补近三个月的';
  expect(reasons([{ type: 'income_proof', reason: again }])).toBeNull();
  expect(
    reasons([
      { type: 'income_proof', reason: again },
      { type: 'bank_statement', reason: again },
      { type: 'other', reason: '要盖章' },
    ]),
  ).toBe(again);
});

describe('what has changed', () => {
  test('is told item by item, and nothing when nothing has', () => {
    const before = view([]);
    expect(portalChange(before, view([]))).toBeNull();
    const after = view([document({})]);
    const change = portalChange(before, after);
    expect(change?.items.map((item) => item.type)).toEqual(['id_card_front']);
    expect(change && applyPortalChange(before, change)).toEqual(ownView(after, 'of somebody else'));
  });

  test('carries no documents: all links of a customer read it; a page keeps those it knows', () => {
    const before = view([document({ id: 'own' })]);
    const change = portalChange(
      before,
      view([document({ id: 'own' }), document({ id: 'new', linkId: 'another' })]),
    );
    expect(JSON.stringify(change)).not.toMatch(/IMG_1|another/);
    const after = change && applyPortalChange(before, change);
    expect(after?.items[0]).toMatchObject({ pages: 2, documents: [{ id: 'own' }] });
  });

  test('does not depend on the order in which properties were stored', () => {
    const shuffled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shuffled)
        : value && typeof value === 'object'
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, part]) => [name, shuffled(part)]),
            )
          : value;
    const seen = view([document({})]);
    expect(portalChange(shuffled(seen) as typeof seen, seen)).toBeNull();
  });

  test('types that are gone are named, and new ones are added', () => {
    const full = view([]);
    const fewer = { ...full, items: full.items.slice(1) };
    const gone = portalChange(full, fewer);
    expect(gone?.removed).toEqual(['id_card_front']);
    expect(gone && applyPortalChange(full, gone)).toEqual(fewer);
    const back = portalChange(fewer, full);
    expect(back && applyPortalChange(fewer, back).items).toHaveLength(full.items.length);
  });

  test('a change of state alone is told', () => {
    expect(portalChange(view([]), view([], { status: 'reviewing' }))).toMatchObject({ state: 'reviewing' });
  });
});

describe('names', () => {
  test.each([
    ['王小明', '王**'],
    ['王', '王'],
    ['阿卜杜拉·买买提', '阿***'],
    [' 李四 ', '李*'],
    ['', ''],
  ])('%j is shown as %j', (name, shown) => expect(maskName(name)).toBe(shown));
});
