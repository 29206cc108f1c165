import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@qijian/db/client.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import type { FastifyBaseLogger } from 'fastify';
import { retryLostQuery } from './retry-lost-query.ts';

const LIMIT = 1000;
/** From the beginning of a run that found something to the next; the first one after a pause begins at once. */
const EVERY_MS = 60;
/** With so many more commands under way a run waits for their events, but no longer than this. */
const SIBLINGS = 3;
const GATHER_MS = 250;
const LOOK_EVERY_MS = 10;

/**
 * Gives new events their numbers: one run at a time in this process. What is committed soon after a run waits for the
 * next, and under load a run waits for what is about to be committed, as Postgres does with `commit_siblings`: events
 * that come thick and fast are numbered, read and sent together.
 */
export class Sequencer {
  readonly #db: Db;
  readonly #grown: (heads: { stream: string; head: number }[]) => void;
  readonly #log: FastifyBaseLogger;
  readonly #everyMs: number;
  readonly #gatherMs: number;
  #underWay = 0;
  #running = false;
  #nextAt = 0;
  #wanted = false;
  #draining = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: {
    db: Db;
    grown: (heads: { stream: string; head: number }[]) => void;
    log: FastifyBaseLogger;
    everyMs?: number;
    gatherMs?: number;
  }) {
    this.#db = options.db;
    this.#everyMs = options.everyMs ?? EVERY_MS;
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
    this.#grown = options.grown;
    this.#log = options.log;
  }

  /** Does what appends events, and lets them out when it has ended; what fails has appended none. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    const result = await work().finally(() => {
      this.#underWay -= 1;
    });
    this.flush();
    return result;
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

  async #gather(): Promise<void> {
    const end = performance.now() + this.#gatherMs;
    while (this.#underWay >= SIBLINGS && performance.now() < end) await sleep(LOOK_EVERY_MS);
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#wanted) {
        const early = this.#nextAt - performance.now();
        if (early > 0) await sleep(early);
        await this.#gather();
        this.#wanted = false;
        const began = performance.now();
        const heads = await retryLostQuery(() => sequenceBatch(this.#db, LIMIT));
        if (heads.length > 0) {
          this.#nextAt = began + this.#everyMs;
          this.#grown(heads);
        } else this.#draining = false;
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
