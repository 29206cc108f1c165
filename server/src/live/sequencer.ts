import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@qijian/db/client.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import type { FastifyBaseLogger } from 'fastify';
import { again } from './retry-lost-query.ts';

const LIMIT = 1000;
/** From the beginning of one run to the next; the first one after a pause begins at once. */
const EVERY_MS = 60;

/**
 * Gives new events their numbers: one run at a time in this process. What is committed soon after a run waits for the
 * next: events that come thick and fast are numbered, read and sent together.
 */
export class Sequencer {
  readonly #db: Db;
  readonly #grown: (heads: { stream: string; head: number }[]) => void;
  readonly #log: FastifyBaseLogger;
  #running = false;
  #nextAt = 0;
  #wanted = false;
  #draining = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: {
    db: Db;
    grown: (heads: { stream: string; head: number }[]) => void;
    log: FastifyBaseLogger;
  }) {
    this.#db = options.db;
    this.#grown = options.grown;
    this.#log = options.log;
  }

  flush(): void {
    this.#wanted = true;
    if (!this.#running) this.#idle = this.#run();
  }

  /** Like `flush`, but goes on until nothing is left; for what other processes left behind. */
  drain(): void {
    this.#draining = true;
    this.flush();
  }

  /** Resolves when no run is under way. */
  settled(): Promise<void> {
    return this.#idle;
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#wanted) {
        const early = this.#nextAt - performance.now();
        if (early > 0) await sleep(early);
        this.#wanted = false;
        this.#nextAt = performance.now() + EVERY_MS;
        const heads = await again(() => sequenceBatch(this.#db, LIMIT));
        if (heads.length > 0) this.#grown(heads);
        else this.#draining = false;
        this.#wanted ||= this.#draining;
      }
    } catch (error) {
      // The events stay in the outbox; the next run takes them.
      this.#log.warn({ err: error }, 'numbering events failed');
    } finally {
      this.#running = false;
      this.#draining = false;
    }
  }
}
