import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

interface Answer {
  events: LiveEvent[];
  head: number;
  epoch: string;
}
const SHOWN = 60;

/** The newest events of the list's stream. */
export const load: PageLoad = async ({ fetch }) => {
  // Without `after` the log answers from the oldest it still has; asking for less would be refused.
  const oldest = await api.get<Answer>('/api/streams/customers/events?limit=1', { fetch });
  const after = Math.max((oldest.events[0]?.seq ?? oldest.head + 1) - 1, oldest.head - SHOWN);
  const answer = await api.get<Answer>(`/api/streams/customers/events?after=${after}&limit=${SHOWN}`, {
    fetch,
  });
  return {
    events: answer.events.toReversed(),
    head: answer.events.at(-1)?.seq ?? answer.head,
    epoch: answer.epoch,
  };
};
