import { call } from '#lib/api.ts';

const BEATS_PER_LEASE = 3;

/** What one has claimed stays one's own while one is at work in the queue; one that lies open untouched keeps nothing. */
export class KeptClaims {
  #isAtWork = true;

  /** A hand moved. */
  readonly noticed = (): void => {
    this.#isAtWork = true;
  };

  /** Renews the claims three times a lease, where somebody was at work since; answers how to stop. */
  start(leaseSeconds: number, isOffline: () => boolean): () => void {
    const timer = setInterval(
      () => {
        if (!this.#isAtWork || isOffline()) return;
        this.#isAtWork = false;
        call('POST /api/review-queue/heartbeat').catch(() => {
          // A lost claim is reported by its event.
        });
      },
      (leaseSeconds * 1_000) / BEATS_PER_LEASE,
    );
    return () => clearInterval(timer);
  }
}
