import type { User } from '@qijian/domain/contract/api/users.ts';
import { createContext } from 'svelte';
import type { Catalog } from '#lib/catalog.svelte.ts';
import type { Live } from '#lib/live.svelte.ts';

/** What every page behind the login has: who is signed in, the catalog's names, the live connection. */
export interface Session {
  user: () => User;
  catalog: Catalog;
  live: Live;
}

export const [session, setSession] = createContext<Session>();
