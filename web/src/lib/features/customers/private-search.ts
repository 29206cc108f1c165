import { knownListAddress } from '@qijian/domain/rules/list-address.ts';
import { holdsNumber } from '@qijian/domain/rules/search-terms.ts';

/** Stands in the address instead of a search that must not stand there: the key under which this tab remembers it. */
const KEY = 'find';
const remembered = new Map<string, string>();

/** What an address says that the list knows; a search that this tab does not remember, after a reload or in another tab, is none. */
export function openAddress(address: URLSearchParams): URLSearchParams {
  const params = knownListAddress(address);
  params.delete(KEY);
  const search = remembered.get(address.get(KEY) ?? '');
  if (search !== undefined) params.set('search', search);
  return params;
}

/** The same for the address bar: a search that holds a number is replaced by its key, so that no history keeps it. */
export function closeAddress(params: URLSearchParams): URLSearchParams {
  const search = params.get('search');
  if (!search || !holdsNumber(search)) return params;
  const address = new URLSearchParams(params);
  address.delete('search');
  address.set(KEY, keyOf(search));
  return address;
}

function keyOf(search: string): string {
  for (const [key, known] of remembered) if (known === search) return key;
  const key = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? '';
  remembered.set(key, search);
  return key;
}

/** Forgets all of them, when somebody signs out. */
export const forgetSearches = () => remembered.clear();
