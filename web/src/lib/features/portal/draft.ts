/** Phones end pages while the camera is open: the type that was about to be photographed, for the next page. */
const KEY = 'portal-draft';
const FRESH_MS = 10 * 60_000;

export function keepDraft(type: string): void {
  write(JSON.stringify({ type, at: Date.now() }));
}

export function clearDraft(): void {
  write(null);
}

/** The type an ended page was at, once. */
export function takeDraft(): string | null {
  try {
    const { type, at } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { type?: string; at?: number };
    clearDraft();
    return type && at && Date.now() - at < FRESH_MS ? type : null;
  } catch {
    return null;
  }
}

function write(value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    // A private window keeps nothing.
  }
}
