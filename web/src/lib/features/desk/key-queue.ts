/** What a key asks for; false when it was refused, and what was asked for after it is no longer meant. */
type Command = () => unknown;

/** Commands in the order in which they were given, one at a time: none is lost while another is under way. */
export class KeyQueue {
  #waiting: Command[] = [];
  #isRunning = false;

  /** Runs at once when nothing is under way. */
  add(command: Command): void {
    this.#waiting.push(command);
    if (!this.#isRunning) void this.#run();
  }

  /** Drops what has not begun. */
  clear(): void {
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        const answer = next();
        // A synchronous command is followed synchronously, without waiting for a microtask.
        if ((answer instanceof Promise ? await answer : answer) === false) this.clear();
      }
    } catch (error) {
      this.clear();
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }
}
