/** Calls `flush` with everything marked since the last time, at once at first and then at most once an interval. */
export class Throttle<K> {
  readonly #marked = new Set<K>();
  readonly #flush: (marked: K[]) => void;
  readonly #interval: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(interval: number, flush: (marked: K[]) => void) {
    this.#interval = interval;
    this.#flush = flush;
  }

  mark(key: K): void {
    this.#marked.add(key);
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#tick(), this.#interval);
    this.#timer.unref();
    this.#send();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#marked.clear();
  }

  #tick(): void {
    this.#timer = null;
    if (this.#marked.size === 0) return;
    this.#timer = setTimeout(() => this.#tick(), this.#interval);
    this.#timer.unref();
    this.#send();
  }

  #send(): void {
    const marked = [...this.#marked];
    this.#marked.clear();
    this.#flush(marked);
  }
}

/** A bucket of messages for one connection: `burst` at once, `rate` a second in the long run. */
export class Allowance {
  #left: number;
  #at = 0;

  constructor(burst: number) {
    this.#left = burst;
  }

  take(now: number, rate: number, burst: number): boolean {
    if (this.#at > 0) this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * rate);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
