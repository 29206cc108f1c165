import { addressOf, ProblemError, picture } from '#lib/api.ts';
import { errorWords } from '#lib/problems.ts';
import type { ViewerPage } from './viewer-page.ts';

/** A page that is being prepared is asked for so often before it is said that it does not come. */
const TRIES = 30;
const PREPARING_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

const ahead = new Map<string, Promise<Blob>>();
function pathOf(page: ViewerPage, strip?: number): string {
  const query = { ...(strip || page.page > 1 ? { page: page.page } : {}), ...(strip ? { strip } : {}) };
  return addressOf('GET /api/documents/:id/preview', { params: { id: page.documentId }, query });
}

/** Fetches the picture of a page that will be looked at next; the last one asked for is kept. */
export function fetchAhead(page: ViewerPage): void {
  const path = pathOf(page);
  if (page.state !== 'ready' || ahead.has(path)) return;
  ahead.clear();
  const asked = picture(path);
  ahead.set(path, asked);
  // Showing the page asks again and reports the reason.
  asked.catch(() => ahead.delete(path));
}

/** What has been fetched ahead, once. */
async function fetched(path: string): Promise<Blob | undefined> {
  const asked = ahead.get(path);
  ahead.delete(path);
  return asked?.catch(() => undefined);
}

const isPreparing = (error: unknown) => error instanceof ProblemError && error.type === 'page-not-ready';
/** The server was not reached, or says: not now. */
const isPassing = (error: unknown) =>
  error instanceof ProblemError &&
  (isPreparing(error) || [0, 429].includes(error.problem.status) || error.problem.status >= 500);

/**
 * The picture of a page, or of the `strip` of it from 1 in all its pixels. What hinders it for a while is said, and asked
 * for again until it comes or `stop` is called.
 */
export class PageImage {
  /** An object URL, good until `stop`. */
  url = $state<string | null>(null);
  /** Why it is not here yet, in words. */
  fault = $state<string | null>(null);
  readonly #page: ViewerPage;
  readonly #strip: number | undefined;
  #asking = new AbortController();

  constructor(page: ViewerPage, strip?: number) {
    this.#page = page;
    this.#strip = strip;
    void this.#ask(this.#asking.signal);
  }

  /** Asks at once instead of after the pause. */
  retry(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.fault = null;
    void this.#ask(this.#asking.signal);
  }

  stop(): void {
    this.#asking.abort();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const path = pathOf(this.#page, this.#strip);
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const image = (await fetched(path)) ?? (await picture(path, signal));
        if (signal.aborted) return;
        this.url = URL.createObjectURL(image);
        this.fault = null;
        return;
      } catch (error) {
        if (signal.aborted) return;
        const comesSoon = isPreparing(error) && attempt < TRIES;
        if (!comesSoon) this.fault = errorWords(error);
        if (!isPassing(error)) return;
        await pause(comesSoon ? PREPARING_MS : Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** attempt));
      }
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells when a picture is here, and when it is on the screen: the frame after the next one is drawn with it. */
export function whenPainted(painted: () => void, loaded: (image: HTMLImageElement) => void = () => {}) {
  return (image: HTMLImageElement) => {
    const onload = () => {
      loaded(image);
      requestAnimationFrame(() => requestAnimationFrame(() => image.isConnected && painted()));
    };
    image.addEventListener('load', onload);
    return () => image.removeEventListener('load', onload);
  };
}
