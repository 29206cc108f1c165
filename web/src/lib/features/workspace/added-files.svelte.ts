import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { uploads } from '#lib/features/documents/uploads.svelte.ts';
import type { Dropped } from './dropped.ts';
import { lookAtFiles, type RefusedFile } from './look-at-files.ts';
import { type PickSource, pickFiles } from './pick-files.ts';
import { sendOriginal } from './send-original.svelte.ts';

const SLOT_KEY = 'workspace-slot';

/** Files that were dropped, pasted or chosen: looked at before anybody is asked about them. */
export class AddedFiles {
  /** Of which nobody has said yet what they are. */
  loose = $state<File[]>([]);
  /** What cannot be sent of what was dropped or chosen last. */
  refused = $state.raw<RefusedFile[]>([]);
  isMore = $state(false);
  readonly #customer: () => Customer;

  constructor(customer: () => Customer) {
    this.#customer = customer;
  }

  async addTo(type: string, found: Dropped): Promise<void> {
    const good = await this.#look(found);
    await uploads.add(
      this.#customer(),
      good.map((file) => ({ file, type })),
      { original: sendOriginal.on },
    );
  }

  async addLoose(found: Dropped): Promise<void> {
    const good = await this.#look(found);
    this.loose = [...this.loose, ...good];
  }

  async pick(type: string | null, source: PickSource): Promise<void> {
    if (type) sessionStorage.setItem(SLOT_KEY, `${this.#customer().id} ${type}`);
    const files = await pickFiles(source);
    sessionStorage.removeItem(SLOT_KEY);
    if (files.length === 0) return;
    const found = { files, unread: [], isMore: false };
    await (type ? this.addTo(type, found) : this.addLoose(found));
  }

  /** Phones kill pages behind the camera: the slot that this customer's page was left at. */
  takeLeftSlot(): string | null {
    const left = sessionStorage.getItem(SLOT_KEY);
    sessionStorage.removeItem(SLOT_KEY);
    return left?.startsWith(this.#customer().id) ? (left.split(' ')[1] ?? '') : null;
  }

  async #look(found: Dropped): Promise<File[]> {
    const { good, refused } = await lookAtFiles(found.files);
    this.refused = [...refused, ...found.unread];
    this.isMore = found.isMore;
    return good;
  }
}
