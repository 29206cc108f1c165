/** What to do with an event that arrived on a stream. */
export type Verdict = 'apply' | 'drop' | 'resubscribe';

/** Where a reader stands in a numbered stream: every event once, in order, none missing. */
export class StreamCursor {
  applied: number;
  epoch: string | undefined;

  constructor(applied: number, epoch?: string) {
    this.applied = applied;
    this.epoch = epoch;
  }

  /** `apply` moves the cursor; after a gap the stream must be asked for again from `applied`. */
  take(seq: number): Verdict {
    if (seq <= this.applied) return 'drop';
    if (seq > this.applied + 1) return 'resubscribe';
    this.applied = seq;
    return 'apply';
  }
}
