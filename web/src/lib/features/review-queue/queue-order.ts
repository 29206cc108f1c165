import type { QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';

/** What an address asks of the queue, as the API takes it. */
export function queueQuery(params: Pick<URLSearchParams, 'get'>): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of [
    'mine',
    'unclaimed',
    'overdue',
    'level',
    'resubmitted',
    'product',
    'branch',
    'submittedBy',
    'sort',
  ])
    if (params.get(name)) query.set(name, params.get(name) as string);
  return query;
}

/** Whether a file is among those an address asks for. */
export function belongs(row: QueueRowBody, query: URLSearchParams, ownId: string): boolean {
  const isWanted = (name: string) => query.get(name) === 'true';
  const among = (name: string, value: string | null | undefined) => {
    const wanted = query.get(name);
    return !wanted || (Boolean(value) && wanted.split(',').includes(value as string));
  };
  const submitter = row.submittedBy?.id;
  return (
    (!isWanted('mine') || row.claim?.by.id === ownId) &&
    (!isWanted('unclaimed') || !row.claim) &&
    (!isWanted('resubmitted') || row.resubmitted) &&
    (!isWanted('overdue') || row.sla.level === 'overdue') &&
    among('level', row.sla.level) &&
    among('product', row.customer.product) &&
    among('branch', row.customer.branch) &&
    (among('submittedBy', submitter) || (submitter === ownId && among('submittedBy', 'me')))
  );
}

/** Whether one file stands before another in the order `sort` of the API. */
export function standsBefore(one: QueueRowBody, other: QueueRowBody, sort: string | null): boolean {
  const at = ({ customer, submittedAt }: QueueRowBody) =>
    Date.parse(sort?.endsWith('submitted') ? submittedAt : (customer.review?.waitingSince ?? submittedAt));
  const isNewestFirst = sort === '-submitted' || sort === 'waiting';
  return isNewestFirst ? at(one) > at(other) : at(one) < at(other);
}
