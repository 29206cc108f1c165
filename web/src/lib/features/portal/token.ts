import { tokenIn } from './token-in.ts';

const KEY = 'portal-token';

/**
 * The secret in the address, which is taken out of it at once: a page that is shared or photographed does not give it
 * away. It stays in this tab until it is proved, so that a reload asks for the digits again. Empty when there is none.
 */
export function takeToken(): string {
  const token = tokenIn(location.hash.slice(1));
  if (!token) return stored();
  keepToken(token);
  history.replaceState(history.state, '', location.pathname);
  return token;
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Kept for a reload only.
  }
}

export function forgetToken(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Storage is blocked, so nothing was kept.
  }
}

function stored(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** The beginning of the SHA-256 of a secret, by which the server says which link is proved; empty where it cannot be made. */
export async function digestOf(token: string): Promise<string> {
  if (!crypto.subtle) return '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
