import {
  AUDITOR,
  actor,
  COLLEAGUE,
  sampleEvent,
  sampleReviewed,
} from '@qijian/e2e/fixtures/contract-samples.ts';
import { AnsweringServer, enterPage, leavePage } from '@qijian/e2e/fixtures/page-surroundings.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptClaims } from './keep-claims.ts';
import { QueueNews } from './queue-news.svelte.ts';

const BEAT = 'POST /api/review-queue/heartbeat';
const approved = (by = COLLEAGUE, seq = 1) =>
  sampleEvent('customer.approved', { customer: sampleReviewed(1), reason: null }, actor(by), seq);
const updated = () =>
  sampleEvent('customer.updated', { customer: sampleReviewed(1), changes: [] }, actor(COLLEAGUE), 9);

let server: AnsweringServer;

beforeEach(() => {
  server = new AnsweringServer();
  enterPage(server);
});
afterEach(leavePage);

describe('news of the queue', () => {
  it('are what a colleague did last, for a minute, and never one’s own', () => {
    const news = new QueueNews(AUDITOR.id);
    news.heard(approved(AUDITOR));
    news.heard(updated());
    expect(news.latest).toBeNull();
    news.heard(approved(COLLEAGUE, 1));
    vi.advanceTimersByTime(40_000);
    news.heard(approved(COLLEAGUE, 2));
    vi.advanceTimersByTime(40_000);
    expect(news.latest?.seq).toBe(2);
    vi.advanceTimersByTime(20_000);
    expect(news.latest).toBeNull();
    news.stop();
  });

  it('count each decision, and changes once in a while however many there are', () => {
    const news = new QueueNews(AUDITOR.id);
    for (const seq of [1, 2, 3]) news.heard(approved(AUDITOR, seq));
    news.heard(updated());
    expect([news.decisions, news.changes]).toEqual([3, 0]);
    vi.advanceTimersByTime(1_500);
    expect(news.changes).toBe(1);
    news.heard(updated());
    news.stop();
    vi.advanceTimersByTime(60_000);
    expect([news.decisions, news.changes]).toEqual([3, 1]);
  });
});

describe('what one has claimed', () => {
  it('is kept while one is at work in the queue, not by a page that lies open or is offline', () => {
    server.on(BEAT, () => ({ claims: 1, leaseSeconds: 90 }));
    const claims = new KeptClaims();
    let isOffline = false;
    const stop = claims.start(90, () => isOffline);
    const beatsAfterAThird = () => {
      vi.advanceTimersByTime(30_000);
      return server.of(BEAT).length;
    };
    expect(beatsAfterAThird()).toBe(1);
    expect(beatsAfterAThird()).toBe(1);
    claims.noticed();
    isOffline = true;
    expect(beatsAfterAThird()).toBe(1);
    isOffline = false;
    expect(beatsAfterAThird()).toBe(2);
    claims.noticed();
    stop();
    expect(beatsAfterAThird()).toBe(2);
  });
});
