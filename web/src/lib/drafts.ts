const PREFIX = 'draft ';

export interface DraftStore<T> {
  read: () => T | null;
  /** Null where nothing is typed. */
  keep: (typed: T | null) => void;
  drop: () => void;
}

/** What was typed and not saved: on this tab alone, as there may be numbers in it, for whoever typed it. */
export function draftOf<T>(userId: string, what: string): DraftStore<T> {
  const key = `${PREFIX}${userId} ${what}`;
  const drop = () => sessionStorage.removeItem(key);
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? 'null') as T | null;
      } catch {
        return null;
      }
    },
    keep(typed) {
      if (typed === null) drop();
      else sessionStorage.setItem(key, JSON.stringify(typed));
    },
    drop,
  };
}

/** All that was typed, or but what this person typed: whoever signs in next on this tab finds nothing of another's. */
export function forgetDrafts(except?: string): void {
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith(PREFIX) && !(except && key.startsWith(`${PREFIX}${except} `)))
      sessionStorage.removeItem(key);
}
