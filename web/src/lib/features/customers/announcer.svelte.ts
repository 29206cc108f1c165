const AT_MOST_EVERY_MS = 5_000;

/** What a screen reader is told: the latest sentence, at most one in five seconds. */
export class Announcer {
  text = $state('');
  #next = '';
  #spokenAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(sentence: string): void {
    this.#next = sentence;
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#spokenAt + AT_MOST_EVERY_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#next === this.text) return;
      this.#spokenAt = Date.now();
      this.text = this.#next;
    }, wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
