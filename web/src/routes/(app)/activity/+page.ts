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
  const { head } = await api.get<Answer>('/api/streams/customers/events?after=0&limit=1', { fetch });
  const after = Math.max(0, head - SHOWN);
  const answer = await api.get<Answer>(`/api/streams/customers/events?after=${after}&limit=${SHOWN}`, {
    fetch,
  });
  return {
    events: answer.events.toReversed(),
    head: answer.events.at(-1)?.seq ?? answer.head,
    epoch: answer.epoch,
  };
};
