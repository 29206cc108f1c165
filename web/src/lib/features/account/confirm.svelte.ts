import { ProblemError } from '#lib/api.ts';

/** What waits until the person has shown that it is them; null while nothing does. */
export const asked = $state<{ go: ((confirmed: boolean) => void) | null }>({ go: null });

/** Does something that may ask who is there; asks, and does it then. False when the person would not say. */
export async function confirmed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.type !== 'confirm-identity') throw error;
  }
  const isThere = await new Promise<boolean>((go) => {
    asked.go = go;
  });
  asked.go = null;
  if (isThere) await work();
  return isThere;
}
