import type { PageTextBody } from '@qijian/domain/contract/api/documents.ts';
import type { Size } from '@qijian/domain/rules/picture-size.ts';
import { untrack } from 'svelte';
import { call } from '#lib/api.ts';
import { failureName } from '#lib/failures.ts';
import { m } from '#lib/paraglide/messages.js';
import { PageImage } from './page-image.svelte.ts';
import type { ViewerPage } from './viewer-page.ts';

/** The picture and the words of the page that is shown; what was asked for another page before is given up. */
export class PagePicture {
  /** Pixels of the picture of the whole page, once it is here. */
  natural = $state.raw<Size | null>(null);
  words = $state.raw<PageTextBody['words']>([]);
  /** What the page does not show of what is in it. */
  note = $state<string | null>(null);
  /** As a whole, it is on the screen. */
  isPainted = $state(false);
  documentId = $state('');
  #image = $state.raw<PageImage | null>(null);
  #failure = $state<string | null>(null);

  url = $derived.by(() => this.#image?.url ?? null);
  /** Why it is not shown, in words. */
  fault = $derived.by(() => this.#failure ?? this.#image?.fault ?? null);
  /** It may come if it is asked for again. */
  mayComeAgain = $derived.by(() => this.#image?.fault != null);

  constructor(page: () => ViewerPage) {
    const key = $derived(`${page().documentId} ${page().page} ${page().state}`);
    $effect(() => {
      void key;
      return untrack(() => this.#show(page()));
    });
  }

  loaded = ({ naturalWidth: width, naturalHeight: height }: HTMLImageElement): void => {
    this.natural = { width, height };
  };
  painted = (): void => {
    this.isPainted = true;
  };

  retry(): void {
    this.#image?.retry();
  }

  #show(page: ViewerPage): (() => void) | undefined {
    this.natural = null;
    this.isPainted = false;
    this.documentId = page.documentId;
    this.words = [];
    this.note = page.note;
    this.#image = null;
    this.#failure = page.state === 'failed' ? failureName(page.failure) || m.viewer_failed() : null;
    if (page.state !== 'ready') return;
    const image = new PageImage(page);
    this.#image = image;
    if (page.isPdf) void this.#readWords(page, () => this.#image === image);
    return () => image.stop();
  }

  async #readWords({ documentId, page }: ViewerPage, isShown: () => boolean): Promise<void> {
    // The page is usable without its text.
    const text = await call('GET /api/documents/:id/pages/:page/text', {
      params: { id: documentId, page },
    }).catch(() => null);
    if (!text || !isShown()) return;
    this.words = text.words;
    this.note = text.note;
  }
}
