import type {
  ClientToServerEvents,
  LiveEvent,
  ServerToClientEvents,
  SubscribeAnswer,
} from '@qijian/domain/contract/live-events.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Live } from './live.svelte.ts';
import type { Socket } from './socket.ts';

const STREAM = 'customers';

function event(seq: number, stream = STREAM): LiveEvent {
  return {
    stream,
    seq,
    id: `event-${seq}`,
    entity: { type: 'customer', id: 'c' },
    version: seq,
    type: 'customer.released',
    at: '2026-01-01T00:00:00.000Z',
    actor: { kind: 'user', id: 'u', name: '林' },
    data: { reason: 'released', from: null } as unknown as LiveEvent['data'],
  };
}

/** The other end of the line: it keeps a log, and the test says what arrives and when requests are answered. */
class OtherEnd {
  connected = false;
  readonly requests: { stream: string; after?: number; epoch?: string }[] = [];
  readonly sent: string[] = [];
  answer: (body: { stream: string; after?: number }) => SubscribeAnswer = () => ({
    ok: true,
    head: this.head,
    epoch: 'one',
  });
  head = 0;
  /** Requests wait here while the test holds them back. */
  readonly held: (() => void)[] = [];
  holds = false;
  readonly #listeners = new Map<string, ((body?: unknown) => void)[]>();

  on(name: string, listener: (body?: unknown) => void): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  tell<E extends keyof ServerToClientEvents>(name: E, ...body: Parameters<ServerToClientEvents[E]>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(...body);
  }

  connect(): this {
    this.connected = true;
    for (const listener of this.#listeners.get('connect') ?? []) listener();
    return this;
  }

  disconnect(): this {
    if (!this.connected) return this;
    this.connected = false;
    for (const listener of this.#listeners.get('disconnect') ?? []) listener();
    return this;
  }

  emit(name: string): this {
    this.sent.push(name);
    return this;
  }

  timeout() {
    return {
      emit: () => {},
      emitWithAck: async (_: 'subscribe', body: { stream: string; after?: number }) => {
        this.requests.push(body);
        if (this.holds) await new Promise<void>((go) => this.held.push(go));
        if (!this.connected) throw new Error('the line is gone');
        return this.answer(body);
      },
    };
  }
}

let end: OtherEnd;
let live: Live;
const signedOut = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', new EventTarget());
  end = new OtherEnd();
  live = new Live(signedOut, () => end as unknown as Socket<ServerToClientEvents, ClientToServerEvents>);
  live.start();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function read(seq: number, stream = STREAM) {
  const seen: number[] = [];
  const reset = vi.fn();
  const revoked = vi.fn();
  const stop = live.subscribe(
    { stream, seq, epoch: 'one' },
    { onEvent: (event) => seen.push(event.seq), onReset: reset, onRevoked: revoked },
  );
  return { seen, reset, revoked, stop };
}

/** Lets answers that are there be taken. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a page that follows a stream', () => {
  it('begins where its snapshot ended and applies each event once and in order', async () => {
    const { seen } = read(4);
    await settle();
    expect(end.requests).toEqual([{ stream: STREAM, after: 4, epoch: 'one' }]);
    for (const seq of [4, 5, 6, 6, 5]) end.tell('event', event(seq));
    expect(seen).toEqual([5, 6]);
  });

  it('asks once for what is missing, however many events arrive behind the gap', async () => {
    const { seen } = read(4);
    await settle();
    end.requests.length = 0;
    for (const seq of [7, 8, 9, 10]) end.tell('event', event(seq));
    await settle();
    expect(end.requests).toEqual([{ stream: STREAM, after: 4, epoch: 'one' }]);
    for (const seq of [5, 6, 7, 8]) end.tell('event', event(seq));
    expect(seen).toEqual([5, 6, 7, 8]);
  });

  it('asks once more for a gap that comes after the answer', async () => {
    read(4);
    await settle();
    end.tell('event', event(7));
    await settle();
    end.requests.length = 0;
    end.tell('event', event(9));
    await settle();
    expect(end.requests).toHaveLength(1);
  });

  it('restarts a shared stream from the reader that is furthest behind, with one request for all', async () => {
    const behind = read(2);
    const ahead = read(6);
    await settle();
    end.requests.length = 0;
    end.tell('event', event(9));
    await settle();
    expect(end.requests).toEqual([{ stream: STREAM, after: 2, epoch: 'one' }]);
    for (let seq = 3; seq <= 9; seq += 1) end.tell('event', event(seq));
    expect(behind.seen).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(ahead.seen).toEqual([7, 8, 9]);
  });

  it('takes a fresh snapshot when the log no longer reaches back', async () => {
    end.answer = () => ({ ok: false, problem: { type: 'stream-gone', detail: '' } });
    const { reset, stop } = read(4);
    await settle();
    expect(reset).toHaveBeenCalledOnce();
    stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(end.requests).toHaveLength(1);
  });

  it('asks again after a passing refusal, and never after it was left', async () => {
    end.answer = () => ({ ok: false, problem: { type: 'unavailable', detail: '' } });
    const { reset, stop } = read(4);
    await settle();
    expect(end.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(end.requests.length).toBeGreaterThan(1);
    expect(reset).not.toHaveBeenCalled();
    stop();
    const asked = end.requests.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(end.requests).toHaveLength(asked);
    expect(end.sent).toContain('unsubscribe');
  });

  it('is told when the right to read has ended, at the beginning and later', async () => {
    end.answer = () => ({ ok: false, problem: { type: 'not-found', detail: '' } });
    const first = read(4, 'customer:a');
    await settle();
    expect(first.revoked).toHaveBeenCalledOnce();
    end.answer = () => ({ ok: true, head: 4, epoch: 'one' });
    const second = read(4, 'customer:b');
    await settle();
    end.tell('revoked', { stream: 'customer:b' });
    expect(second.revoked).toHaveBeenCalledOnce();
    expect(first.revoked).toHaveBeenCalledOnce();
  });

  it('keeps a stream that another part of the page still reads', async () => {
    const one = read(4);
    const other = read(4);
    await settle();
    one.stop();
    expect(end.sent).not.toContain('unsubscribe');
    end.tell('event', event(5));
    expect(other.seen).toEqual([5]);
    expect(one.seen).toEqual([]);
  });

  it('follows from now on without a snapshot, and begins anew when it lost its place', async () => {
    end.head = 12;
    const seen: number[] = [];
    const onReset = vi.fn();
    live.follow(STREAM, { onEvent: ({ seq }) => seen.push(seq), onReset });
    await settle();
    expect(end.requests).toEqual([{ stream: STREAM }]);
    end.tell('event', event(13));
    end.answer = () => ({ ok: false, problem: { type: 'stream-gone', detail: '' } });
    end.disconnect();
    end.connect();
    await settle();
    expect(onReset).toHaveBeenCalledOnce();
    end.answer = () => ({ ok: true, head: 3, epoch: 'two' });
    await vi.advanceTimersByTimeAsync(3_000);
    end.tell('event', event(4));
    expect(seen).toEqual([13, 4]);
  });
});

describe('a line that breaks', () => {
  it('says so, comes back by itself and asks for what it missed', async () => {
    const { seen } = read(4);
    await settle();
    end.tell('event', event(5));
    end.requests.length = 0;
    end.disconnect();
    expect(live.status).toBe('offline');
    expect(live.liveUntil).not.toBeNull();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.status).toBe('live');
    expect(end.requests).toEqual([{ stream: STREAM, after: 5, epoch: 'one' }]);
    end.tell('event', event(6));
    expect(seen).toEqual([5, 6]);
  });

  it('keeps what happened while it was away, each event once, and nothing of later', async () => {
    read(4);
    read(4);
    await settle();
    end.disconnect();
    end.head = 6;
    await vi.advanceTimersByTimeAsync(2_000);
    for (const seq of [5, 6, 7]) end.tell('event', event(seq));
    expect(live.away.map(({ seq }) => seq)).toEqual([5, 6]);
  });

  it('loses no request that was on its way', async () => {
    end.holds = true;
    read(4);
    await settle();
    end.disconnect();
    end.holds = false;
    for (const go of end.held) go();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(end.requests.length).toBeGreaterThan(1);
    expect(end.requests.at(-1)).toEqual({ stream: STREAM, after: 4, epoch: 'one' });
  });

  it('waits longer each time, and connects at once when the device is online again', async () => {
    const connects = vi.spyOn(end, 'connect').mockImplementation(() => end);
    end.disconnect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connects).toHaveBeenCalledTimes(1);
    connects.mockClear();
    window.dispatchEvent(new Event('online'));
    expect(connects).toHaveBeenCalledTimes(1);
  });

  it('shows nobody as present whom it cannot see any more', () => {
    end.tell('presence', {
      customerId: 'c',
      people: [{ id: 'u', name: '林', doing: { kind: 'viewing', target: null } } as never],
    });
    expect(live.presence.size).toBe(1);
    end.disconnect();
    expect(live.presence.size).toBe(0);
  });
});
