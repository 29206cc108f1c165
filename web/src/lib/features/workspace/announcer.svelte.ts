const EVERY_MS = 5_000;

/** What screen readers are told of others' changes: one merged sentence in five seconds at most. */
export class Announcer {
  text = $state('');
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(sentence: string): void {
    if (!this.#waiting.includes(sentence)) this.#waiting.push(sentence);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.text = this.#waiting.join('\n');
      this.#waiting = [];
    }, EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
