/** Files that the system's camera has just taken for this page; of others the file itself says where it is from. */
const taken = new WeakSet<Blob>();

export function markTaken(files: readonly Blob[]): void {
  for (const file of files) taken.add(file);
}

export const isTaken = (photo: Blob): boolean => taken.has(photo);
