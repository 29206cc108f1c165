import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { ReasonCode } from '@qijian/domain/rules/review-reasons.ts';
import { SvelteMap } from 'svelte/reactivity';
import { draftOf } from '#lib/drafts.ts';
import { reasonText } from '#lib/reason-texts.ts';

export type Region = NonNullable<Document['region']>;

/** What an auditor has chosen and written about one piece and not yet said. */
export interface PieceDraft {
  reasonCodes: ReasonCode[];
  /** Null as long as the ready text of the reasons stands. */
  message: string | null;
  privateNote: string;
  region: (Region & { documentId: string }) | null;
}

const EMPTY: PieceDraft = { reasonCodes: [], message: null, privateNote: '', region: null };

/** Drafts of one file by type; they outlive the page: a reload, a lost claim and a replaced document leave them. */
export class PieceDrafts {
  readonly #drafts = new SvelteMap<string, PieceDraft>();
  readonly #userId: string;
  readonly #customerId: string;

  constructor(userId: string, customerId: string) {
    this.#userId = userId;
    this.#customerId = customerId;
  }

  /** Reads what an earlier page left unsaid; in the browser. */
  restore(types: readonly string[]): void {
    for (const type of types) {
      const draft = { ...EMPTY, ...this.#stored(type).read() };
      if (draft.reasonCodes.length > 0 || draft.message || draft.region) this.#drafts.set(type, draft);
    }
  }

  has(type: string): boolean {
    return this.#drafts.has(type);
  }

  of(type: string): PieceDraft {
    return this.#drafts.get(type) ?? EMPTY;
  }

  write(type: string, change: Partial<PieceDraft>): void {
    const draft = { ...this.of(type), ...change };
    this.#drafts.set(type, draft);
    this.#stored(type).keep(draft);
  }

  forget(type: string): void {
    this.#drafts.delete(type);
    this.#stored(type).drop();
  }

  /** Chooses a reason, or takes it away again. */
  toggleReason(type: string, code: ReasonCode): void {
    const { reasonCodes } = this.of(type);
    const others = reasonCodes.filter((one) => one !== code);
    this.write(type, { reasonCodes: reasonCodes.includes(code) ? others : [...others, code] });
  }

  /** The customer's sentence as it stands: written, or ready for the chosen reasons. */
  message(type: string): string {
    const { message, reasonCodes } = this.of(type);
    return message ?? reasonCodes.map((code) => reasonText(code)).join('\n');
  }

  #stored(type: string) {
    return draftOf<PieceDraft>(this.#userId, `review ${this.#customerId} ${type}`);
  }
}
