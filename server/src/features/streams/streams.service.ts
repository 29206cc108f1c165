import type { Db } from '@qijian/db/client.ts';
import { readStreams } from '@qijian/db/queries/streams.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { Problem } from '../../http/problem.ts';
import { type Entry, enterStream } from '../../live/enter-stream.ts';

const PAGE = 200;

/** The entry to a stream, as a problem where there is none. */
export async function openStream(
  db: Db,
  reader: { userId: string; role: Role },
  asked: { stream: string; after?: number | undefined; epoch?: string | undefined },
): Promise<Entry> {
  const entry = await enterStream(db, reader, asked);
  if (typeof entry === 'string') throw new Problem(entry);
  return entry;
}

/** A page of a stream's events in order, from the oldest kept unless `after` is given; `head` is never behind it. */
export async function readPage(
  db: Db,
  reader: { userId: string; role: Role },
  asked: {
    stream: string;
    after?: number | undefined;
    epoch?: string | undefined;
    limit?: number | undefined;
  },
): Promise<{ events: LiveEvent[]; head: number; epoch: string }> {
  const { head, trimmedTo, epoch } = await openStream(db, reader, asked);
  const after = asked.after ?? trimmedTo;
  const read = await readStreams(db, [{ stream: asked.stream, after }], asked.limit ?? PAGE, []);
  const events = read.events.get(asked.stream) ?? [];
  // Trimmed in between.
  if (events[0] && events[0].seq !== after + 1) throw new Problem('stream-gone');
  return { events, head: Math.max(head, events.at(-1)?.seq ?? 0), epoch };
}
