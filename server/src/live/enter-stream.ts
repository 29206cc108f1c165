import type { Db } from '@qijian/db/client.ts';
import { readStreamState } from '@qijian/db/queries/streams.ts';
import type { ProblemCode } from '@qijian/domain/contract/problems.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { audienceOf, mayRead, type Reader } from './entitlement.ts';
import { retryLostQuery } from './retry-lost-query.ts';

/** Where a stream stands for a reader who may read it. */
export interface Entry {
  head: number;
  trimmedTo: number;
  epoch: string;
}

/**
 * The one door to a stream, for sockets, feeds and HTTP: unknown and forbidden streams are the same `not-found`;
 * a number the log does not reach back to, or has not reached, and another epoch are `stream-gone`.
 */
export async function enterStream(
  db: Db,
  reader: Reader,
  asked: { stream: string; after?: number | undefined; epoch?: string | undefined },
): Promise<Entry | ProblemCode> {
  const audience = audienceOf(asked.stream);
  if (!audience || !mayRead(reader, asked.stream)) return 'not-found';
  const customerId = 'customerId' in audience ? audience.customerId : null;
  const { head, trimmedTo, epoch, customer } = await retryLostQuery(() =>
    readStreamState(db, asked.stream, customerId),
  );
  const visible =
    customer === 'present' ||
    (customer === 'deleted' && reader.role !== 'portal' && may(reader.role, 'customers.restore'));
  if (customerId && !visible) return 'not-found';
  if (asked.epoch !== undefined && asked.epoch !== epoch) return 'stream-gone';
  if (asked.after !== undefined && (asked.after < trimmedTo || asked.after > head)) return 'stream-gone';
  return { head, trimmedTo, epoch };
}
