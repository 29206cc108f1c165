const KEY = 'portal-contact';

/** Keeps whom to ask, as the server said last, for pages that cannot ask it. */
export function keepContact(contact: string | null): void {
  try {
    if (contact === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, contact);
  } catch {
    // A private window keeps nothing.
  }
}

export function keptContact(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
