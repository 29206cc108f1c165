import type { SameNumber } from '@qijian/domain/contract/api/customers.ts';
import { SvelteMap } from 'svelte/reactivity';
import { call } from '#lib/api.ts';

type Field = SameNumber['field'];
const WAIT_MS = 500;

/** Who has the numbers already that are being typed into a form; each is asked for once. */
export class SameNumbers {
  /** By field and number; a failure when it could not be asked. */
  readonly #answers = new SvelteMap<string, SameNumber[] | { failure: unknown }>();
  readonly #timers = new Map<Field, ReturnType<typeof setTimeout>>();

  /** Asks a moment after the last key; null when what is typed is no whole number. */
  ask(field: Field, value: string | null, except: string | undefined): void {
    clearTimeout(this.#timers.get(field));
    if (value === null || Array.isArray(this.#answers.get(`${field} ${value}`))) return;
    this.#timers.set(
      field,
      setTimeout(() => void this.#read(field, value, except), WAIT_MS),
    );
  }

  async #read(field: Field, value: string, except: string | undefined): Promise<void> {
    const key = `${field} ${value}`;
    try {
      const body = { [field]: value, ...(except ? { except } : {}) };
      const { items } = await call('POST /api/customers/same-numbers', { body });
      this.#answers.set(key, items);
    } catch (failure) {
      this.#answers.set(key, { failure });
    }
  }

  /** The others who have it; null when that could not be found out. */
  of(field: Field, value: string | null): SameNumber[] | null {
    const answer = this.#answers.get(`${field} ${value}`);
    if (answer === undefined) return [];
    return Array.isArray(answer) ? answer : null;
  }

  /** Forgets what was answered, for the next time the form is opened. */
  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#answers.clear();
  }
}
