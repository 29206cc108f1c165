import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import {
  AUDITOR,
  actor,
  COLLEAGUE,
  sampleDocument,
  sampleEvent,
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

const CLAIM = 'POST /api/customers/:id/claim';
const RELEASE = 'POST /api/customers/:id/release';
const BEAT = 'POST /api/customers/:id/claim/heartbeat';
const LEASE = 90;

let server: AnsweringServer;
let network: (isUp: boolean) => void;
let workspace: WorkspaceState;
let claim: Claim;
let leave: () => void;

const free = (revision: number) => sampleReviewed(1, { revision });
const mine = (revision: number) => sampleReviewed(1, { revision, claimedBy: AUDITOR });
const others = (revision: number) => sampleReviewed(1, { revision, claimedBy: COLLEAGUE });
const beatAnswer = () => ({ until: new Date().toISOString(), leaseSeconds: LEASE });
const beats = () => server.of(BEAT).length;

beforeEach(() => {
  server = new AnsweringServer()
    .on(CLAIM, () => mine(2))
    .on(RELEASE, () => free(3))
    .on(BEAT, beatAnswer);
  network = enterPage(server, { dateToo: true });
  workspace = new WorkspaceState(sampleWorkspace(free(1), [sampleDocument(11)]));
  claim = new Claim(workspace, { user: () => sampleUser() } as Session);
  leave = claim.start();
});

afterEach(() => {
  leave();
  leavePage();
});

/** As the desk's page does with every event. */
function hear(event: ReturnType<typeof sampleEvent>) {
  workspace.apply(event, event.actor.id !== AUDITOR.id);
  claim.heard(event);
}
const claimed = (customer: Customer, by = AUDITOR, from: typeof AUDITOR | null = null) =>
  sampleEvent('customer.claimed', { customer, how: from ? 'taken-over' : 'claimed', from }, actor(by));
const released = (customer: Customer, by = AUDITOR, reason: 'released' | 'expired' = 'released') =>
  sampleEvent('customer.released', { customer, reason, from: AUDITOR }, actor(by));

describe('an auditor who takes a file', () => {
  it('has it with the answer, and keeps it by a beat every third of the lease', async () => {
    await claim.take();
    expect(claim.isMine).toBe(true);
    expect(claim.isOnlyLooking).toBe(false);
    await until(() => beats() === 1);
    await quiet();
    vi.advanceTimersByTime((LEASE * 1_000) / 3 - 1);
    expect(beats()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(beats()).toBe(2);
  });

  it('asks once, however often it is wanted before the answer', async () => {
    const answer = held<Customer>();
    server.on(CLAIM, () => answer.promise);
    const both = [claim.take(), claim.take()];
    answer.come(mine(2));
    await Promise.all(both);
    expect(server.of(CLAIM)).toHaveLength(1);
    expect(claim.isMine).toBe(true);
  });

  it('sees whose it is where a colleague was faster, and only looks', async () => {
    server.on(CLAIM, () => {
      throw new Refusal('already-claimed', { current: others(2) });
    });
    await claim.take();
    expect(claim.holder).toEqual(COLLEAGUE);
    expect([claim.isTaken, claim.isOnlyLooking, claim.isLost, claim.busy]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(beats()).toBe(0);
  });

  it('only looks as long as the server is not reached, and may try again', async () => {
    network(false);
    await claim.take();
    expect([claim.isMine, claim.isOnlyLooking, claim.busy]).toEqual([false, true, false]);
    network(true);
    await claim.take();
    expect(claim.isMine).toBe(true);
  });
});

describe('an auditor who has a file', () => {
  beforeEach(async () => {
    await claim.take();
    await until(() => beats() === 1);
    await quiet();
  });

  it('keeps it while the server is not reached, and asks sooner than usual', async () => {
    server.isCut = true;
    vi.advanceTimersByTime((LEASE * 1_000) / 3);
    await quiet();
    expect(claim.isMine).toBe(true);
    server.isCut = false;
    vi.advanceTimersByTime(5_000);
    expect(beats()).toBe(2);
  });

  it('is told who took it over, and whose it is now', () => {
    hear(claimed(others(3), COLLEAGUE, AUDITOR));
    expect([claim.isMine, claim.isLost, claim.isTaken]).toEqual([false, true, true]);
    expect(claim.holder).toEqual(COLLEAGUE);
  });

  it('is told who ended it, but not when it was time', () => {
    hear(released(free(3), COLLEAGUE));
    expect([claim.isLost, claim.endedBy]).toEqual([true, COLLEAGUE.displayName]);
  });

  it('has not lost what was given back, whichever comes first, the answer or the event', async () => {
    const answer = held<Customer>();
    server.on(RELEASE, () => answer.promise);
    const release = claim.release();
    hear(released(free(3)));
    answer.come(free(3));
    await release;
    expect([claim.isMine, claim.isLost, claim.isOnlyLooking]).toEqual([false, false, true]);
    vi.advanceTimersByTime(LEASE * 1_000);
    expect(beats()).toBe(1);
  });

  it('does not begin anew when the event of having taken it comes after it was given back', async () => {
    server.on(BEAT, () => {
      throw new Refusal('claim-lost', { current: free(3) });
    });
    await claim.release();
    hear(claimed(mine(2)));
    await quiet();
    expect(beats()).toBe(1);
    expect([claim.isLost, claim.since]).toEqual([false, null]);
  });

  it('loses it with a beat that the server refuses, and beats no more', async () => {
    server.on(BEAT, () => {
      throw new Refusal('claim-lost', { current: others(4) });
    });
    vi.advanceTimersByTime((LEASE * 1_000) / 3);
    await until(() => claim.isLost);
    expect(claim.holder).toEqual(COLLEAGUE);
    vi.advanceTimersByTime(LEASE * 1_000);
    expect(beats()).toBe(2);
  });

  it('does not lose what was taken again while the refusal of an earlier beat was on its way', async () => {
    const answer = held<never>();
    server.on(BEAT, () => answer.promise);
    vi.advanceTimersByTime((LEASE * 1_000) / 3);
    hear(released(free(3), { id: '', displayName: '' }, 'expired'));
    expect(claim.isLost).toBe(true);
    server.on(CLAIM, () => mine(4)).on(BEAT, beatAnswer);
    await claim.take();
    answer.fail(new Refusal('claim-lost', { current: free(3) }));
    await quiet();
    expect([claim.isMine, claim.isLost]).toEqual([true, false]);
  });

  it('keeps it no longer once the desk is left, also with a beat that was on its way', async () => {
    const answer = held<unknown>();
    server.on(BEAT, () => answer.promise);
    vi.advanceTimersByTime((LEASE * 1_000) / 3);
    leave();
    answer.come(beatAnswer());
    await quiet();
    vi.advanceTimersByTime(LEASE * 10_000);
    expect(beats()).toBe(2);
  });

  it('keeps nothing that is answered after the desk was left', async () => {
    await claim.release();
    const answer = held<Customer>();
    server.on(CLAIM, () => answer.promise);
    const take = claim.take();
    leave();
    answer.come(mine(4));
    await take;
    vi.advanceTimersByTime(LEASE * 10_000);
    expect(beats()).toBe(1);
  });

  it('keeps it once more as soon as the page is looked at again', () => {
    document.dispatchEvent(new Event('visibilitychange'));
    expect(beats()).toBe(2);
  });
});
