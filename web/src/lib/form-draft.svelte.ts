import { untrack } from 'svelte';
import { draftOf } from './drafts.ts';

interface Form<T> {
  userId: string;
  /** What it is about: what was typed into it is kept under this name. */
  about: () => string;
  /** What stands in it when nothing was typed before. */
  start: () => T;
  isOpen: () => boolean;
}

/**
 * A form in a dialog. What is typed and not saved outlives the dialog and the page, and is there when it is opened
 * again. Belongs to a component, as it follows whether the dialog is open.
 */
export class FormDraft<T extends object> {
  values = $state() as T;
  /** Goes on with what was typed before. */
  restored = $state(false);
  busy = $state(false);
  /** Why it was not taken. */
  failure = $state.raw<unknown>(null);
  #start = $state('');
  readonly #form: Form<T>;
  typed = $derived(JSON.stringify(this.values) !== this.#start);

  constructor(form: Form<T>) {
    this.#form = form;
    this.#fill(form.start(), null);
    const isOpen = $derived(form.isOpen());
    $effect(() => {
      if (isOpen) untrack(() => this.#fill(form.start(), this.#store.read()));
    });
    $effect(() => {
      if (isOpen) this.#store.keep(this.typed ? ($state.snapshot(this.values as T) as T) : null);
    });
  }

  /** Back to where it began: what was typed is thrown away. */
  startAnew(): void {
    this.#fill(this.#form.start(), null);
  }

  /** Nothing is kept any more: it has been done. */
  drop(): void {
    this.#store.drop();
  }

  /** Whether it was taken, and nothing is kept any more; false as an answer, or an error, says that it was not. */
  async send(work: () => unknown): Promise<boolean> {
    this.busy = true;
    this.failure = null;
    try {
      if ((await work()) === false) return false;
      this.drop();
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  #fill(start: T, kept: T | null): void {
    this.#start = JSON.stringify(start);
    this.values = { ...start, ...kept };
    this.restored = kept !== null;
    this.failure = null;
  }

  get #store() {
    return draftOf<T>(this.#form.userId, this.#form.about());
  }
}
