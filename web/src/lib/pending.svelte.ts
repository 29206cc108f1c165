/** Something that waits for the connection: an upload, an edit. */
export interface Pending {
  id: string;
  customer: string;
  text: string;
  at: Date;
  undo?: (() => void) | undefined;
  /** The server did not take it as it is: why, and how to have it all the same where that can be. */
  question?: { text: string; keep?: () => void };
}

/** What is waiting to be sent, uploads and then changes, each in order; the offline strip shows it. */
export const pending = $state<{ list: Pending[] }>({ list: [] });
let uploads: Pending[] = [];
let changes: Pending[] = [];

export function addPending(entry: Pending): void {
  if (!uploads.some((known) => known.id === entry.id)) show([...uploads, entry], changes);
}
export function removePending(id: string): void {
  show(
    uploads.filter((entry) => entry.id !== id),
    changes,
  );
}
export function showChanges(now: Pending[]): void {
  show(uploads, now);
}

function show(nowUploads: Pending[], nowChanges: Pending[]): void {
  uploads = nowUploads;
  changes = nowChanges;
  pending.list = [...uploads, ...changes];
}
