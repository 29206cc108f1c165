export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  /** `key` does the same while the message stands there. */
  action?: { label: string; key?: string; run: () => void } | undefined;
}

const PLAIN_MS = 5_000;
let next = 1;

/**
 * Short messages at the foot of the page; one with an undo stays for its time. `places` are where they can be shown,
 * the page and each open dialog: only what is inside of the topmost dialog can be seen and pressed.
 */
export const toasts = $state<{ list: Toast[]; places: string[] }>({ list: [], places: [] });

export function toast(
  text: string,
  options: { tone?: Toast['tone']; action?: Toast['action']; forMs?: number } = {},
): () => void {
  const id = next++;
  const close = () => {
    toasts.list = toasts.list.filter((shown) => shown.id !== id);
  };
  toasts.list = [
    ...toasts.list.slice(-3),
    { id, text, tone: options.tone ?? 'plain', action: options.action },
  ];
  setTimeout(close, options.forMs ?? PLAIN_MS);
  return close;
}
