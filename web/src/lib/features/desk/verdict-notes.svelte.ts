import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { SvelteMap } from 'svelte/reactivity';
import { call } from '#lib/api.ts';

/** What auditors noted with their verdicts: no event carries it, as staff hear the events too. */
export class VerdictNotes {
  readonly #texts = new SvelteMap<string, string>();
  readonly #read = new Map<string, number>();

  /** Empty when there is none, or it is not known yet. */
  of(document: Document): string {
    return this.#texts.get(document.id) ?? '';
  }

  /** Reads the note of a return, once for each version of the document. */
  async read({ id, version, verdict }: Document): Promise<void> {
    if (verdict !== 'rejected' || this.#read.get(id) === version) return;
    this.#read.set(id, version);
    try {
      const { privateNote } = await call('GET /api/documents/:id/review', { params: { id } });
      if (privateNote) this.#texts.set(id, privateNote);
      else this.#texts.delete(id);
    } catch {
      // Fetched again when it is next shown.
      this.#read.delete(id);
    }
  }
}
