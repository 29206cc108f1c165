export type Mode = 'light' | 'dark' | 'system';

/** The chosen colour mode; kept in a cookie so that the server's first byte has it. */
export function readMode(): Mode {
  const mode = document.documentElement.dataset.mode;
  return mode === 'light' || mode === 'dark' ? mode : 'system';
}

export function changeMode(mode: Mode): void {
  if (mode === 'system') delete document.documentElement.dataset.mode;
  else document.documentElement.dataset.mode = mode;
  // biome-ignore lint/suspicious/noDocumentCookie: the server reads it, and the Cookie Store API is not everywhere
  document.cookie = `mode=${mode}; path=/; max-age=31536000; samesite=lax`;
}
