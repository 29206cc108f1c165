import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { dragged } from './dragged.svelte.ts';
import { type Dropped, dropped } from './dropped.ts';
import { hasFiles } from './pick-files.ts';

interface Slot {
  type: () => string;
  mayUpload: () => boolean;
  onplace: (document: Document) => void;
  onfiles: (found: Dropped) => void;
}

/** A slot as the place where files, or a document of another type, are dropped. */
export class SlotTarget {
  isOver = $state(false);
  /** How many would come. */
  count = $state(0);
  readonly #slot: Slot;

  constructor(slot: Slot) {
    this.#slot = slot;
  }

  /** The document that would come here from the place of another type. */
  get #arriving(): Document | null {
    return dragged.document && dragged.document.type !== this.#slot.type() ? dragged.document : null;
  }

  over(event: DragEvent): void {
    const document = this.#arriving;
    if (!this.#slot.mayUpload() || (!hasFiles(event.dataTransfer) && !document)) return;
    event.preventDefault();
    event.stopPropagation();
    if (document && event.dataTransfer) event.dataTransfer.dropEffect = 'move';
    this.isOver = true;
    this.count = document ? 1 : (event.dataTransfer?.items.length ?? 0);
  }

  leave(event: DragEvent & { currentTarget: HTMLElement }): void {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) this.isOver = false;
  }

  drop(event: DragEvent): void {
    this.isOver = false;
    const document = this.#arriving;
    if (!this.#slot.mayUpload() || (!hasFiles(event.dataTransfer) && !document)) return;
    event.preventDefault();
    event.stopPropagation();
    if (document) this.#slot.onplace(document);
    else void dropped(event.dataTransfer).then(this.#slot.onfiles);
  }
}
