/** Something that waits for the connection: an upload, an edit. */
export interface Pending {
  id: string;
  customer: string;
  text: string;
  at: Date;
  undo?: (() => void) | undefined;
}

/** What is waiting to be sent, in order; the offline strip shows it. */
export const pending = $state<{ list: Pending[] }>({ list: [] });

export function addPending(entry: Pending): void {
  if (!pending.list.some((known) => known.id === entry.id)) pending.list = [...pending.list, entry];
}
export function removePending(id: string): void {
  pending.list = pending.list.filter((entry) => entry.id !== id);
}
