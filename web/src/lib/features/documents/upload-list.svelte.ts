import { m } from '#lib/paraglide/messages.js';
import { addPending, removePending } from '#lib/pending.svelte.ts';
import { type QueuedUpload, underWay, withChange, withUpload } from './upload-queue.ts';

/** What people see of the uploads: the entries themselves, and those that wait for the network among all that waits. */
export class UploadList {
  list = $state.raw<QueuedUpload[]>([]);
  underWay = $derived(underWay(this.list));

  find(id: string): QueuedUpload | undefined {
    return this.list.find((upload) => upload.id === id);
  }

  add(upload: QueuedUpload): void {
    this.list = withUpload(this.list, upload);
  }

  change(id: string, change: Partial<QueuedUpload>): void {
    this.list = withChange(this.list, id, change);
    if (change.state && change.state !== 'paused') removePending(id);
  }

  /** Shows that it waits for the network; false where the entry is gone. */
  waits(id: string, undo: () => void): boolean {
    const upload = this.find(id);
    if (!upload) return false;
    addPending({
      id,
      customer: upload.customerName,
      text: m.pending_upload({ filename: upload.filename }),
      at: new Date(),
      undo,
    });
    return true;
  }

  remove(id: string): void {
    removePending(id);
    this.list = this.list.filter((upload) => upload.id !== id);
  }

  clear(): void {
    for (const { id } of this.list) removePending(id);
    this.list = [];
  }
}
