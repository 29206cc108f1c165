/** Which documents have been on the screen, and who waits for one to be. */
export class PaintedDocuments {
  readonly #seen = new Set<string>();
  /** What did not come when it was looked at last. */
  readonly #missed = new Set<string>();
  #waiting: { id: string; tell: (isPainted: boolean | null) => void } | null = null;

  has(documentId: string): boolean {
    return this.#seen.has(documentId);
  }

  /** A page of this document is on the screen. */
  add(documentId: string): void {
    this.#seen.add(documentId);
    this.#missed.delete(documentId);
    this.#tell(documentId, true);
  }

  /** A page of this document does not come; it may later. */
  failed(documentId: string): void {
    this.#missed.add(documentId);
    this.#tell(documentId, false);
  }

  /** Whether a page of it has been shown, as soon as that is known; null for whoever no longer waits. */
  wait(documentId: string): Promise<boolean | null> {
    this.giveUp();
    if (this.#seen.has(documentId)) return Promise.resolve(true);
    if (this.#missed.has(documentId)) return Promise.resolve(false);
    return new Promise((tell) => {
      this.#waiting = { id: documentId, tell };
    });
  }

  /** Nobody waits any longer. */
  giveUp(): void {
    this.#waiting?.tell(null);
    this.#waiting = null;
  }

  #tell(documentId: string, isPainted: boolean): void {
    if (this.#waiting?.id !== documentId) return;
    this.#waiting.tell(isPainted);
    this.#waiting = null;
  }
}
