import 'fake-indexeddb/auto';
// Loaded here, as the page loads it after itself, while the clock stands still.
import '#lib/socket.ts';
import type { PortalChecklistAnswer } from '@qijian/domain/contract/api/portal.ts';
import type { PortalEvent } from '@qijian/domain/contract/live-events.ts';
import type { PortalItem } from '@qijian/domain/rules/portal.ts';
import {
  EPOCH,
  idOf,
  minute,
  samplePortal,
  samplePortalDocument,
  samplePortalItem,
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
import { storeUpload } from '#lib/features/documents/upload-store.ts';
import { uploads } from '#lib/features/documents/uploads.svelte.ts';
import { Portal } from './portal.svelte.ts';

const CHECKLIST = 'GET /api/portal/checklist';
const SESSION = 'GET /api/portal/session';
const UNDO = 'DELETE /api/portal/documents/:id';
const STREAM = samplePortal([]).head.stream;
const CARD = 'id_card_front';

/** The other end of the socket: the test says what arrives, and what a subscription is answered. */
class OtherEnd {
  connected = false;
  readonly subscriptions: { after: number }[] = [];
  answer: () => unknown = () => ({ ok: true, head: 0, epoch: EPOCH });
  readonly #listeners = new Map<string, (body?: unknown) => void>();

  on(name: string, listener: (body?: unknown) => void) {
    this.#listeners.set(name, listener);
    return this;
  }
  tell(name: string, body?: unknown) {
    this.#listeners.get(name)?.(body);
  }
  connect() {
    this.connected = true;
    this.tell('connect');
  }
  disconnect() {
    this.connected = false;
    this.tell('disconnect');
  }
  emit() {}
  timeout = () => ({
    emitWithAck: async (_: string, body: { after: number }) => {
      this.subscriptions.push(body);
      return this.answer();
    },
  });
}

const line = vi.hoisted(() => ({ open: (): unknown => null }));
vi.mock('socket.io-client', () => ({ io: () => line.open() }));

let ends: OtherEnd[];
let server: AnsweringServer;
let network: (isUp: boolean) => void;
let onEnded: ReturnType<typeof vi.fn<() => void>>;
let portal: Portal;
let leave: () => void;

const end = () => ends.at(-1) as OtherEnd;
const state = () => portal.item(CARD)?.state;
const item = (changes: Partial<PortalItem> = {}) => samplePortalItem(CARD, changes);
const session = (linkId: string | null) => ({
  organisation: null,
  contact: null,
  session: linkId && {
    linkId,
    customerId: idOf(1),
    linkDigest: '0123456789abcdef',
    expiresAt: '2027-01-01T00:00:00.000Z',
  },
  ended: null,
});
function changed(seq: number, items: PortalItem[]): PortalEvent {
  const { progress, state: of, next } = samplePortal(items);
  return {
    stream: STREAM,
    seq,
    id: idOf(5_000 + seq),
    entity: { type: 'customer', id: idOf(1) },
    version: seq,
    type: 'portal.changed',
    at: minute(seq),
    actor: { kind: 'system', id: null, name: '' },
    data: { items, removed: [], progress, state: of, next },
  } as PortalEvent;
}

beforeEach(async () => {
  ends = [];
  line.open = () => {
    ends.push(new OtherEnd());
    return end();
  };
  server = new AnsweringServer()
    .on(CHECKLIST, () => samplePortal([item()]))
    .on(SESSION, () => session(idOf(700)));
  network = enterPage(server);
  onEnded = vi.fn<() => void>();
  await open(samplePortal([item()]));
});
afterEach(async () => {
  leave();
  await uploads.wipe(portal.owner);
  leavePage();
});

async function open(checklist: PortalChecklistAnswer) {
  portal = new Portal(checklist, onEnded);
  leave = portal.start();
  await until(() => ends.length > 0 && end().subscriptions.length > 0);
}
async function later(ms: number) {
  vi.advanceTimersByTime(ms);
  await quiet();
}

describe('a customer’s page that follows its file', () => {
  it('applies each event once and in order, and asks for what lies in a gap', async () => {
    end().tell('event', changed(1, [item({ state: 'received' })]));
    expect(state()).toBe('received');
    end().tell('event', changed(3, [item({ state: 'accepted' })]));
    expect(state()).toBe('received');
    await until(() => end().subscriptions.length === 2);
    expect(end().subscriptions.at(-1)).toMatchObject({ stream: STREAM, after: 1 });
    end().tell('event', changed(2, [item({ state: 'returned' })]));
    end().tell('event', changed(3, [item({ state: 'accepted' })]));
    end().tell('event', changed(2, [item({ state: 'returned' })]));
    expect(state()).toBe('accepted');
  });

  it('asks for its own documents once, however much happens in a while', async () => {
    for (const seq of [1, 2, 3]) end().tell('event', changed(seq, [item({ state: 'received' })]));
    expect(server.of(CHECKLIST)).toHaveLength(0);
    await later(500);
    end().tell('event', changed(4, [item()]));
    await later(300);
    expect(server.of(CHECKLIST)).toHaveLength(1);
    await later(800);
    expect(server.of(CHECKLIST)).toHaveLength(1);
    expect(server.of(CHECKLIST)[0]?.headers['portal-link']).toBe(idOf(700));
  });

  it('shows the state as the stream has it, also when the answer about its documents is older', async () => {
    server.on(CHECKLIST, () =>
      samplePortal([item({ state: 'missing', documents: [samplePortalDocument(31)] })]),
    );
    end().tell('event', changed(1, [item({ state: 'accepted' })]));
    await later(800);
    expect(state()).toBe('accepted');
    expect(portal.item(CARD)?.documents.map(({ id }) => id)).toEqual([idOf(31)]);
  });

  it('asks again when that was not answered, and never once the page was left', async () => {
    server.on(CHECKLIST, () => {
      throw new Refusal('rate-limited');
    });
    end().tell('event', changed(1, [item()]));
    await later(800);
    await later(800);
    expect(server.of(CHECKLIST)).toHaveLength(2);
    const answer = held<never>();
    server.on(CHECKLIST, () => answer.promise);
    await later(800);
    expect(server.of(CHECKLIST)).toHaveLength(3);
    leave();
    answer.fail(new Refusal('rate-limited'));
    await quiet();
    await later(60_000);
    expect(server.of(CHECKLIST)).toHaveLength(3);
  });

  it('begins anew from a fresh checklist when the log no longer reaches back', async () => {
    server.on(CHECKLIST, () =>
      samplePortal([item({ state: 'accepted' })], { head: { stream: STREAM, seq: 40, epoch: 'two' } }),
    );
    const old = end();
    old.answer = () => ({ ok: false, problem: { type: 'stream-gone', detail: '' } });
    old.disconnect();
    await later(1_000);
    await until(() => ends.length === 2 && end().subscriptions.length === 1);
    expect(state()).toBe('accepted');
    expect(end().subscriptions[0]).toMatchObject({ after: 40, epoch: 'two' });
    expect(old.connected).toBe(false);
  });

  it('asks for that checklist until it has it, and no longer than the page is open', async () => {
    server.on(CHECKLIST, () => {
      throw new Refusal('rate-limited');
    });
    end().answer = () => ({ ok: false, problem: { type: 'stream-gone', detail: '' } });
    end().disconnect();
    await later(1_000);
    expect(server.of(CHECKLIST)).toHaveLength(1);
    server.on(CHECKLIST, () => samplePortal([item({ state: 'accepted' })]));
    await later(5_000);
    await until(() => ends.length === 2);
    expect(state()).toBe('accepted');
  });

  it('opens no line any more when that checklist comes after the page was left', async () => {
    const answer = held<PortalChecklistAnswer>();
    server.on(CHECKLIST, () => answer.promise);
    end().answer = () => ({ ok: false, problem: { type: 'stream-gone', detail: '' } });
    end().disconnect();
    await later(1_000);
    leave();
    answer.come(samplePortal([item()]));
    await quiet();
    expect(ends).toHaveLength(1);
  });
});

describe('a network that is lost', () => {
  it('is not taken for a link that was withdrawn', async () => {
    network(false);
    const checking = portal.checkEnded();
    await quiet();
    for (const ms of [2_000, 4_000]) await later(ms);
    await checking;
    expect(onEnded).not.toHaveBeenCalled();
    expect(portal.cut?.to).toBeNull();
    network(true);
    expect(portal.cut?.to).toBeInstanceOf(Date);
  });

  it('ends nothing, but a session of another link, or of none, does', async () => {
    await portal.checkEnded();
    expect(onEnded).not.toHaveBeenCalled();
    server.on(SESSION, () => session(null));
    end().tell('revoked', { stream: STREAM });
    await until(() => onEnded.mock.calls.length === 1);
    server.on(SESSION, () => session(idOf(701)));
    await portal.checkEnded();
    expect(onEnded).toHaveBeenCalledTimes(2);
  });
});

describe('what a customer sends', () => {
  const photo = (name: string) => new File([`%PDF-1.7\n${name}`], name, { type: 'application/pdf' });

  beforeEach(() => uploads.holdAll());
  afterEach(() => uploads.goOn());

  it('counts at once against what the link takes, and as the server counts it afterwards', async () => {
    await portal.send(CARD, [photo('a.pdf'), photo('b.pdf')]);
    expect(portal.filesLeft).toBe(18);
    const [first] = uploads.list;
    server.on(CHECKLIST, () => samplePortal([item()], { link: { ...samplePortal([]).link, filesLeft: 19 } }));
    uploads.cancel(first?.id ?? '');
    end().tell('event', changed(1, [item()]));
    await later(800);
    expect(portal.filesLeft).toBe(18);
  });

  it('is one document of several pages, or the pages that one lacks', async () => {
    await portal.send(CARD, [photo('a.pdf'), photo('b.pdf')]);
    expect(uploads.list.map(({ group }) => group?.index)).toEqual([0, 1]);
    expect(new Set(uploads.list.map(({ group }) => group?.id)).size).toBe(1);
    const into = { id: idOf(60), arrived: 2, total: 4, missing: [1, 3] };
    await portal.send(CARD, [photo('c.pdf'), photo('d.pdf')], { into });
    expect(uploads.list.slice(2).map(({ group }) => group)).toEqual([
      { id: idOf(60), index: 1, total: 4 },
      { id: idOf(60), index: 3, total: 4 },
    ]);
  });

  it('is taken back once the server says so, and stays where it does not', async () => {
    const document = samplePortalDocument(31);
    portal.delivered.set('upload', { id: 'upload', url: `/api/portal/uploads/${document.id}` } as never);
    server.on(UNDO, () => {
      throw new Refusal('state-conflict');
    });
    await expect(portal.undo(document)).rejects.toThrow();
    expect(portal.delivered.size).toBe(1);
    await until(() => server.of(SESSION).length > 0);
    server.on(UNDO, () => undefined);
    await portal.undo(document);
    expect(portal.delivered.size).toBe(0);
  });
});

describe('an upload that the page hears of', () => {
  const step = (percent: number | null, uploadId = idOf(40)) =>
    end().tell('portal-upload-progress', { uploadId, type: CARD, by: 'customer', percent });
  const shown = () => portal.live.others.get(CARD)?.percent ?? null;

  it('is another phone’s until it is over, also when its end comes with the step before', async () => {
    step(39);
    await until(() => shown() === 39);
    step(62);
    step(null);
    await until(() => shown() === null);
    await quiet();
    expect(shown()).toBeNull();
  });

  it('does not stand for ever when nothing more is heard of it', async () => {
    const began = Date.now();
    const at = (ms: number) => {
      vi.spyOn(Date, 'now').mockReturnValue(began + ms);
      return later(4_000);
    };
    step(39);
    await until(() => shown() === 39);
    await at(30_000);
    step(40);
    await until(() => shown() === 40);
    await at(60_000);
    expect(shown()).toBe(40);
    await at(75_000);
    expect(shown()).toBeNull();
  });

  it('is no other phone’s when an earlier page of this one began it', async () => {
    const url = `/api/portal/uploads/${idOf(41)}`;
    const of = { userId: portal.owner, customerId: idOf(1), customerName: '', type: CARD };
    const file = { filename: 'a.pdf', blob: new Blob(['x']), isPrepared: true };
    await storeUpload({ id: 'begun', url, createdAt: Date.now(), ...of, ...file });
    step(39, idOf(41));
    step(50, idOf(42));
    await until(() => shown() === 50);
    step(40, idOf(41));
    await quiet();
    expect(shown()).toBe(50);
  });
});

describe('photographs that are not sent yet', () => {
  it('are there again on the next page, with the document whose pages they are', async () => {
    portal.into.set(CARD, idOf(60));
    await portal.keepPhotos(CARD, [new File(['x'], 'a.jpg')]);
    leave();
    await open(samplePortal([item()]));
    await until(() => portal.pages.has(CARD));
    expect([portal.pages.get(CARD)?.[0]?.name, portal.into.get(CARD)]).toEqual(['a.jpg', idOf(60)]);
    await portal.keepPhotos(CARD, []);
    leave();
    await open(samplePortal([item()]));
    await quiet();
    expect([portal.pages.size, portal.into.size]).toEqual([0, 0]);
  });
});
