import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log file of bounded size: the full one is kept once under `<file>.1`. */
export class RotatingLog {
  readonly file: string;
  readonly #limit: number;
  #fd: number;
  #size: number;
  #tail = '';

  constructor(file: string, limit = 20_000_000) {
    this.file = file;
    this.#limit = limit;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#fd = openSync(file, 'a', 0o600);
    this.#size = statSync(file).size;
  }

  write(chunk: Buffer): void {
    if (this.#size > this.#limit) {
      closeSync(this.#fd);
      renameSync(this.file, `${this.file}.1`);
      this.#fd = openSync(this.file, 'a', 0o600);
      this.#size = 0;
    }
    try {
      this.#size += writeSync(this.#fd, chunk);
    } catch (error) {
      // A full disk must not end the processes that log here.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
    this.#tail = (this.#tail + chunk.toString('utf8')).slice(-4000);
  }

  /** The last lines written since the start. */
  tail(lines = 25): string {
    return this.#tail.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
