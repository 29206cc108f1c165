import type { PortalUploadProgress, UploadProgress } from '@qijian/domain/contract/live-events.ts';
import { Throttle } from './throttle.ts';

/** At most four a second and upload. */
const EVERY_MS = 250;
/** An upload that has not moved for this long is shown no more; it appears again when it goes on. */
const STALLED_AFTER_MS = 30_000;

/** How far uploads have come, on all servers; never stored. */
export class Progress {
  readonly #active = new Map<string, { progress: UploadProgress; at: number }>();
  readonly #emit: (progress: UploadProgress) => void;
  readonly #tell: (progress: UploadProgress) => void;
  readonly #throttle = new Throttle<string>(EVERY_MS, (ids) => this.#announce(ids));

  constructor(emit: (progress: UploadProgress) => void, tell: (progress: UploadProgress) => void) {
    this.#emit = emit;
    this.#tell = tell;
  }

  /** A step of an upload that this server receives. */
  report(progress: UploadProgress): void {
    if (isOver(progress)) {
      this.#active.delete(progress.uploadId);
      this.#emit(progress);
      this.#tell(progress);
    } else {
      this.#active.set(progress.uploadId, { progress, at: Date.now() });
      this.#throttle.mark(progress.uploadId);
    }
  }

  /** A step that another server tells of. */
  heard(progress: UploadProgress): void {
    if (isOver(progress)) this.#active.delete(progress.uploadId);
    else this.#active.set(progress.uploadId, { progress, at: Date.now() });
    this.#emit(progress);
  }

  /** The last step of each upload under way, of one customer or of all. */
  active(customerId: string | null): UploadProgress[] {
    const all = [...this.#active.values()].map((entry) => entry.progress);
    return customerId ? all.filter((progress) => progress.customerId === customerId) : all;
  }

  /** Gives up what does not move any more, such as uploads of a server that was killed. */
  sweep(): void {
    const stalled = Date.now() - STALLED_AFTER_MS;
    for (const [id, { progress, at }] of this.#active) {
      if (at > stalled) continue;
      this.#active.delete(id);
      this.#emit({ ...progress, percent: null });
    }
  }

  close(): void {
    this.#throttle.close();
  }

  #announce(ids: string[]): void {
    for (const id of ids) {
      const entry = this.#active.get(id);
      if (!entry) continue;
      this.#emit(entry.progress);
      this.#tell(entry.progress);
    }
  }
}

/** The same step for the customer's page, which learns no names. */
export function portalProgress({ uploadId, type, percent, actor }: UploadProgress): PortalUploadProgress {
  return { uploadId, type, percent, by: actor.kind === 'customer' ? 'customer' : 'staff' };
}

function isOver({ percent }: UploadProgress): boolean {
  return percent === null || percent >= 100;
}
