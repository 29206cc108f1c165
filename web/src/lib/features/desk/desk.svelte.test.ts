import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import {
  AUDITOR,
  actor,
  COLLEAGUE,
  idOf,
  sampleDocument,
  sampleEvent,
  samplePiece,
  sampleReviewed,
  sampleUser,
  sampleWorkspace,
} from '@qijian/e2e/fixtures/contract-samples.ts';
import {
  AnsweringServer,
  enterPage,
  held,
  leavePage,
  quiet,
  Refusal,
  until,
} from '@qijian/e2e/fixtures/page-surroundings.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '#lib/features/shell/session.ts';
import { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { Claim } from './claim.svelte.ts';
import { Desk } from './desk.svelte.ts';

const REVIEW = 'POST /api/documents/:id/review';
const UNDO = 'POST /api/documents/:id/review/undo';
const DECIDE = 'POST /api/customers/:id/decision';
const SNAPSHOT = 'GET /api/customers/:id/workspace';
const CARD = 'id_card_front';
const STATEMENT = 'bank_statement';

let server: AnsweringServer;
let network: (isUp: boolean) => void;
let workspace: WorkspaceState;
let desk: Desk;
let seq: number;
let documents: Document[];

/** The file as the server has it. */
const file = (revision: number, changes: Partial<Customer> = {}) =>
  sampleReviewed(1, { revision, version: revision, claimedBy: AUDITOR, ...changes });
const document = (id: string) => documents.find((one) => one.id === idOf(Number(id))) as Document;
const card = () => document('11');

/** The server's side of a verdict: the document as it is from now on. */
function become(id: string, changes: Partial<Document>): Document {
  const next = { ...document(id), ...changes, version: document(id).version + 1 };
  documents = documents.map((one) => (one.id === next.id ? next : one));
  return next;
}
const judged = (id: string, verdict: Document['verdict']) => become(id, { verdict });
const pieces = () =>
  [CARD, STATEMENT].map((type) =>
    samplePiece(type, {
      state: documents.some((one) => one.type === type && one.verdict === 'accepted')
        ? 'accepted'
        : 'received',
    }),
  );
function reviewed(of: Document, by = AUDITOR): LiveEvent {
  seq += 1;
  return sampleEvent(
    'document.reviewed',
    { customer: file(seq + 1), document: of, items: pieces() },
    actor(by),
    seq,
  );
}
/** As the desk's page does with every event. */
function hear(event: LiveEvent) {
  workspace.apply(event, event.actor.id !== AUDITOR.id);
  desk.heard(event);
}
/** What is in view has been looked at, and painted. */
function look() {
  if (!desk.inView) return;
  desk.verdicts.looked(desk.inView);
  desk.painted.add(desk.inView.id);
}

beforeEach(() => {
  server = new AnsweringServer().on(REVIEW, ({ params, body }) =>
    judged(String(Number(params.id?.slice(-4))), (body as { verdict: Document['verdict'] }).verdict),
  );
  network = enterPage(server, { dateToo: true });
  seq = 0;
  documents = [sampleDocument(11), sampleDocument(12, { type: STATEMENT })];
  open();
});

/** A page of the desk, as one that is loaded anew has it. */
function open() {
  const session = { user: () => sampleUser() } as Session;
  workspace = new WorkspaceState(sampleWorkspace(file(1), documents, pieces()));
  desk = new Desk(workspace, new Claim(workspace, session), session);
  desk.restoreDrafts();
  workspace.onMissed = (event) => desk.heard(event);
  look();
}

afterEach(() => {
  leavePage();
});

/** Accepts what is in view, with the event of it. */
async function accept() {
  const { inView } = desk;
  const accepting = desk.accept(desk.current ?? '');
  await until(() => workspace.documents.find(({ id }) => id === inView?.id)?.verdict === 'accepted');
  hear(reviewed(document(String(Number(inView?.id.slice(-4))))));
  return accepting;
}

describe('a verdict', () => {
  it('is given on the version that was looked at, and goes on to what is open', async () => {
    expect(await accept()).toBe(true);
    expect(server.of(REVIEW).map(({ params, body }) => [params.id, body])).toEqual([
      [idOf(11), { verdict: 'accepted', version: 1 }],
    ]);
    expect(desk.current).toBe(STATEMENT);
    expect(desk.verdicts.undoable?.documents.map(({ id }) => id)).toEqual([idOf(11)]);
  });

  it('is given once, however often the key is pressed before the answer', async () => {
    const answer = held<Document>();
    server.on(REVIEW, () => answer.promise);
    const first = desk.accept(CARD);
    await until(() => desk.busy);
    expect(await desk.accept(CARD)).toBe(false);
    answer.come(judged('11', 'accepted'));
    await until(() => workspace.documents[0]?.verdict === 'accepted');
    hear(reviewed(card()));
    expect(await first).toBe(true);
    expect(server.of(REVIEW)).toHaveLength(1);
  });

  it('is done with at once when its event was faster than its answer', async () => {
    const answer = held<Document>();
    server.on(REVIEW, () => answer.promise);
    const accepting = desk.accept(CARD);
    await until(() => server.of(REVIEW).length === 1);
    hear(reviewed(judged('11', 'accepted')));
    answer.come(card());
    expect(await accepting).toBe(true);
    expect(desk.verdicts.undoable?.type).toBe(CARD);
  });

  it('asks what has become of the file when its event does not come', async () => {
    server.on(SNAPSHOT, () => sampleWorkspace(file(7), documents, pieces()));
    const accepting = desk.accept(CARD);
    await until(() => workspace.documents[0]?.verdict === 'accepted');
    await quiet();
    vi.advanceTimersByTime(3_000);
    expect(await accepting).toBe(true);
    expect(workspace.customer.revision).toBe(7);
    server.on(UNDO, () => judged('11', 'pending'));
    void desk.undo();
    await until(() => server.of(UNDO).length === 1);
    expect(server.of(UNDO)[0]?.body).toEqual({ version: 2 });
  });

  it('stands although neither its event nor the file can be had', async () => {
    const accepting = desk.accept(CARD);
    await until(() => workspace.documents[0]?.verdict === 'accepted');
    await quiet();
    network(false);
    let isOver = false;
    void accepting.then(() => {
      isOver = true;
    });
    await until(() => {
      vi.advanceTimersByTime(3_000);
      return isOver;
    });
    expect(await accepting).toBe(true);
    expect(desk.verdicts.undoable?.type).toBe(CARD);
  });

  it('is not given on what a colleague changed before that was seen, and then on the newer version', async () => {
    hear(reviewed(become('11', { filename: 'newer.jpg' }), COLLEAGUE));
    expect(await desk.accept(CARD)).toBe(false);
    expect(server.of(REVIEW)).toEqual([]);
    desk.verdicts.acknowledge();
    await accept();
    expect(server.of(REVIEW)[0]?.body).toEqual({ verdict: 'accepted', version: 2 });
  });

  it('shows what is there when the server knows a newer version, and says nothing of it by itself', async () => {
    become('11', { filename: 'newer.jpg' });
    server.on(REVIEW, () => {
      throw new Refusal('version-conflict', { current: card() });
    });
    desk.drafts.write(CARD, { reasonCodes: ['blurred'], message: '请重拍' });
    expect(await desk.reject(CARD)).toBe(false);
    expect(workspace.documents[0]?.filename).toBe('newer.jpg');
    expect(desk.drafts.of(CARD)).toMatchObject({ reasonCodes: ['blurred'], message: '请重拍' });
    expect([server.of(REVIEW).length, desk.verdicts.undoable, desk.busy]).toEqual([1, null, false]);
  });

  it('can be given on what was refused, once that has been looked at', async () => {
    const settled = become('11', { group: { id: idOf(60), index: 0, total: null } });
    hear(sampleEvent('document.settled', { customer: file(2), document: settled }, actor(COLLEAGUE), ++seq));
    server.on(REVIEW, ({ body }) => {
      if ((body as { version: number }).version < 2)
        throw new Refusal('version-conflict', { current: card() });
      return judged('11', 'accepted');
    });
    expect(await desk.accept(CARD)).toBe(false);
    look();
    expect(await accept()).toBe(true);
    expect(server.of(REVIEW).map(({ body }) => (body as { version: number }).version)).toEqual([1, 2]);
  });

  it('keeps its reasons while the server is not reached, and is then the same request', async () => {
    const answer = held<never>();
    server.on(REVIEW, () => answer.promise);
    desk.drafts.write(CARD, { reasonCodes: ['blurred'] });
    const rejecting = desk.reject(CARD);
    await until(() => server.of(REVIEW).length === 1);
    answer.fail(new TypeError('cut'));
    expect(await rejecting).toBe(false);
    expect(desk.drafts.of(CARD).reasonCodes).toEqual(['blurred']);
    server.on(REVIEW, () => judged('11', 'rejected'));
    void desk.reject(CARD);
    await until(() => server.of(REVIEW).length === 2);
    const [one, other] = server.of(REVIEW).map(({ headers }) => headers['idempotency-key']);
    expect(one).toBeTruthy();
    expect(other).toBe(one);
  });

  it('is not given while the file is a colleague’s', async () => {
    workspace.take(file(3, { claimedBy: COLLEAGUE }));
    server.on('POST /api/customers/:id/claim', () => {
      throw new Refusal('already-claimed', { current: file(3, { claimedBy: COLLEAGUE }) });
    });
    expect(await desk.accept(CARD)).toBe(false);
    expect(server.of(REVIEW)).toEqual([]);
  });

  it('is not given of what has not been on the screen, and nobody waits for it once it was left', async () => {
    desk.show(STATEMENT);
    const accepting = desk.accept(STATEMENT);
    await quiet();
    desk.painted.giveUp();
    expect(await accepting).toBe(false);
    expect(server.of(REVIEW)).toEqual([]);
  });

  it('is taken back in the version that it made', async () => {
    await accept();
    server.on(UNDO, () => judged('11', 'pending'));
    const undoing = desk.undo();
    await until(() => workspace.documents[0]?.verdict === 'pending');
    hear(reviewed(card()));
    await undoing;
    expect(server.of(UNDO)[0]?.body).toEqual({ version: 2 });
    expect([desk.current, desk.verdicts.undoable]).toEqual([CARD, null]);
  });

  it('can still be taken back when something else was under way', async () => {
    await accept();
    const answer = held<Customer>();
    server.on(DECIDE, () => answer.promise);
    const deciding = desk.decide({ decision: 'approve' });
    await desk.undo();
    answer.fail(new TypeError('cut'));
    await deciding;
    expect(server.of(UNDO)).toEqual([]);
    expect(desk.verdicts.undoable?.type).toBe(CARD);
  });

  it('is taken back once, however often the key is pressed', async () => {
    await accept();
    server.on(UNDO, () => judged('11', 'pending'));
    const undoing = [desk.undo(), desk.undo()];
    await until(() => workspace.documents[0]?.verdict === 'pending');
    hear(reviewed(card()));
    await Promise.all(undoing);
    expect(server.of(UNDO)).toHaveLength(1);
  });
});

describe('what others change meanwhile', () => {
  it('waits to be seen, but not what oneself or the system does', () => {
    hear(reviewed(judged('12', 'accepted'), COLLEAGUE));
    hear(reviewed(judged('11', 'accepted')));
    const system = { kind: 'system' as const, id: null, name: '' };
    hear(
      sampleEvent(
        'document.ready',
        { customer: file(9), document: become('12', { pages: 3 }) },
        system,
        ++seq,
      ),
    );
    hear(sampleEvent('customer.updated', { customer: file(10), changes: [] }, system, ++seq));
    expect(desk.verdicts.news.map((event) => event.seq)).toEqual([1]);
  });

  it('is news once, also when the stream begins again before it', () => {
    const event = reviewed(judged('12', 'accepted'), COLLEAGUE);
    hear(event);
    hear(event);
    expect(desk.verdicts.news).toHaveLength(1);
  });

  it('is news too when it comes with a fresh snapshot, and can then be judged', async () => {
    const missed = reviewed(become('11', { filename: 'newer.jpg' }), COLLEAGUE);
    server.on(SNAPSHOT, () => ({ ...sampleWorkspace(file(5), documents, pieces()), events: [missed] }));
    await workspace.reload();
    expect(desk.verdicts.news.map(({ id }) => id)).toEqual([missed.id]);
    expect(await desk.decide({ decision: 'approve' })).toBe(false);
    desk.verdicts.acknowledge();
    await accept();
    expect(server.of(REVIEW)[0]?.body).toEqual({ verdict: 'accepted', version: 2 });
  });

  it('leaves the page in view that is still there', () => {
    desk.pageIndex = 4;
    hear(reviewed(judged('12', 'accepted'), COLLEAGUE));
    expect(desk.pageIndex).toBe(0);
  });
});

describe('a decision', () => {
  beforeEach(() => {
    server.on(DECIDE, () => ({ ...file(20), status: 'approved', review: null, claimedBy: null }));
  });

  it('is bound to the version that the events have shown, not to what an answer was ahead', async () => {
    hear(reviewed(judged('11', 'accepted')));
    workspace.take(file(12));
    expect(await desk.decide({ decision: 'approve' })).toBe(true);
    expect(server.of(DECIDE).map(({ body }) => body)).toEqual([{ decision: 'approve', version: 2 }]);
    expect(desk.decision.made).toBe('approved');
  });

  it('is made once, however often it is pressed', async () => {
    const both = await Promise.all([
      desk.decide({ decision: 'approve' }),
      desk.decide({ decision: 'approve' }),
    ]);
    expect(both).toEqual([true, false]);
    expect(server.of(DECIDE)).toHaveLength(1);
  });

  it('waits until what others changed has been seen', async () => {
    hear(reviewed(judged('12', 'accepted'), COLLEAGUE));
    expect(await desk.decide({ decision: 'approve' })).toBe(false);
    desk.verdicts.acknowledge();
    expect(await desk.decide({ decision: 'approve' })).toBe(true);
  });

  it('is not made when the file has changed, and shows how it stands', async () => {
    server.on(DECIDE, () => {
      throw new Refusal('version-conflict', { current: file(8, { note: '新' }) });
    });
    desk.drafts.write(CARD, { reasonCodes: ['blurred'] });
    expect(await desk.decide({ decision: 'return', reason: '模糊' })).toBe(false);
    expect([desk.decision.made, workspace.customer.note]).toEqual([null, '新']);
    expect(desk.drafts.of(CARD).reasonCodes).toEqual(['blurred']);
  });

  it('of the first of two auditors leaves the file with them', async () => {
    server.on(DECIDE, () => file(20, { claimedBy: null }));
    await desk.decide({ decision: 'approve' });
    expect(desk.decision.made).toBe('first-approved');
  });
});

describe('what is written of a piece', () => {
  it('is there again on the next page, and gone with the verdict', async () => {
    desk.drafts.write(CARD, { reasonCodes: ['blurred'], privateNote: '只有我们知道' });
    open();
    expect(desk.drafts.of(CARD)).toMatchObject({ reasonCodes: ['blurred'], privateNote: '只有我们知道' });
    const rejecting = desk.reject(CARD);
    await until(() => workspace.documents[0]?.verdict === 'rejected');
    hear(reviewed(card()));
    await rejecting;
    open();
    expect(desk.drafts.of(CARD).reasonCodes).toEqual([]);
  });

  it('is of the document that was marked, whichever is in view', async () => {
    documents = [sampleDocument(11), sampleDocument(13), sampleDocument(12, { type: STATEMENT })];
    open();
    const region = { page: 1, x: 0.1, y: 0.1, width: 0.2, height: 0.2 };
    desk.drafts.write(CARD, { reasonCodes: ['blurred'], region: { ...region, documentId: idOf(13) } });
    void desk.reject(CARD);
    await until(() => server.of(REVIEW).length === 1);
    expect(server.of(REVIEW)[0]).toMatchObject({ params: { id: idOf(13) }, body: { region } });
  });

  it('is not asked of one’s own uploads', async () => {
    documents = [
      sampleDocument(11, {
        uploadedBy: { kind: 'user', id: AUDITOR.id, name: AUDITOR.displayName },
      }),
    ];
    open();
    expect(desk.hasOwnUploads).toBe(true);
    expect(await desk.accept(CARD)).toBe(false);
    expect(server.of(REVIEW)).toEqual([]);
  });
});
