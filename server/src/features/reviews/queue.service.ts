import { type Db, snapshot } from '@qijian/db/client.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import {
  countDoneToday,
  countQueue,
  listDoneToday,
  listQueue,
  type QueueMark,
  type QueuePage,
  type QueueWish,
} from '@qijian/db/queries/review-queue.ts';
import type {
  DoneTodayBody,
  DoneTodayFilter,
  QueueBody,
  QueueFilter,
  QueueRowBody,
  QueueSort,
} from '@qijian/domain/contract/api/review-queue.ts';
import { CUSTOMERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { nearAfter, queueRow } from '@qijian/domain/rules/review-queue.ts';
import { decodeCursor, encodeCursor, foreignCursor, isId, isMoment } from '../../http/cursors.ts';
import { fieldProblem } from '../../http/problem.ts';
import type { Principal } from '../../identity/principal.ts';
import type { ReviewRules } from './lock-for-command.ts';

const PAGE_SIZE = 50;

const SORTS: Record<QueueSort, Pick<QueuePage, 'sort' | 'descending'>> = {
  urgency: { sort: 'waiting_since', descending: false },
  '-waiting': { sort: 'waiting_since', descending: false },
  waiting: { sort: 'waiting_since', descending: true },
  submitted: { sort: 'submitted_at', descending: false },
  '-submitted': { sort: 'submitted_at', descending: true },
};

/** One page of the files that are with the auditors, in one snapshot with the figures and the head of `customers`. */
export function pageOfQueue(
  db: Db,
  principal: Principal,
  query: QueueFilter,
  rules: ReviewRules & { slaLimitMs: number },
): Promise<QueueBody> {
  const { slaLimitMs } = rules;
  const sort = query.sort ?? 'urgency';
  const size = query.pageSize ?? PAGE_SIZE;
  const page = query.cursor ? 1 : (query.page ?? 1);
  const wish = wishOf(principal, query, slaLimitMs);
  const after = query.cursor ? parseCursor(query.cursor, sort) : undefined;
  return snapshot(db, async (tx) => {
    const [counts, done, listed, head] = await Promise.all([
      countQueue(tx, wish, {
        userId: principal.userId,
        nearAfterMs: nearAfter(slaLimitMs),
        limitMs: slaLimitMs,
      }),
      countDoneToday(tx),
      listQueue(tx, wish, { ...SORTS[sort], offset: (page - 1) * size, size, after }),
      readHead(tx, CUSTOMERS_STREAM),
    ]);
    const { all, claimed, mine, overdue, near, resubmitted } = counts;
    return {
      items: listed.items.flatMap((customer): QueueRowBody[] => {
        const row = queueRow(customer, counts.now, slaLimitMs);
        return row ? [rounded(row)] : [];
      }),
      total: counts.wanted,
      page,
      pageSize: size,
      nextCursor: listed.next && cursorOf(sort, listed.next),
      counts: {
        all,
        claimed,
        unclaimed: all - claimed,
        mine,
        overdue,
        near,
        normal: all - overdue - near,
        resubmitted,
        doneToday: done,
      },
      averageWaitingMs: Math.round(counts.average),
      settings: { slaLimitMs, leaseSeconds: rules.leaseSeconds, fourEyes: rules.fourEyes },
      now: new Date(counts.now).toISOString(),
      head,
    };
  });
}

/** What was returned or decided today. */
export function doneToday(db: Db, principal: Principal, query: DoneTodayFilter): Promise<DoneTodayBody> {
  const decidedBy = query.mine ? principal.userId : undefined;
  const after = query.cursor ? parseCursor(query.cursor, 'done') : undefined;
  return snapshot(db, async (tx) => {
    const [{ items, next }, total] = await Promise.all([
      listDoneToday(tx, { decidedBy, after, size: query.pageSize ?? PAGE_SIZE }),
      countDoneToday(tx, decidedBy),
    ]);
    return { items, total, nextCursor: next && cursorOf('done', next) };
  });
}

function rounded(row: QueueRowBody): QueueRowBody {
  const { waitingMs, sla } = row;
  return {
    ...row,
    waitingMs: Math.round(waitingMs),
    sla: { ...sla, remainingMs: Math.round(sla.remainingMs) },
  };
}

function wishOf(principal: Principal, query: QueueFilter, limitMs: number): QueueWish {
  const near = nearAfter(limitMs);
  const level = query.overdue ? 'overdue' : query.level;
  return {
    claimedBy: query.mine ? principal.userId : undefined,
    unclaimed: query.unclaimed,
    waitedFrom: level === 'overdue' ? limitMs : level === 'near' ? near : undefined,
    waitedUnder: level === 'near' ? limitMs : level === 'normal' ? near : undefined,
    resubmitted: query.resubmitted,
    products: listOf(query.product),
    branches: listOf(query.branch),
    submittedBy: listOf(query.submittedBy)?.map((who) => {
      if (who === 'me') return principal.userId;
      if (!isId(who)) throw fieldProblem('submittedBy', `${who} is not an id`);
      return who;
    }),
  };
}

function listOf(text: string | undefined): string[] | undefined {
  const values = text?.split(',').filter(Boolean);
  return values && values.length > 0 ? values : undefined;
}

function cursorOf(sort: string, { value, id }: QueueMark): string {
  return encodeCursor([sort, value, id]);
}

function parseCursor(cursor: string, wanted: string): QueueMark {
  const [sort, value, id] = decodeCursor(cursor);
  if (sort !== wanted || !isMoment(value) || !isId(id)) throw foreignCursor();
  return { value, id };
}
