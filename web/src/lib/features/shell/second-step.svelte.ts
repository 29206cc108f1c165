import type { SignInAnswer } from '@qijian/domain/contract/api/users.ts';

/** A sign-in that waits for its second step, from whichever page it began on. */
export const secondStep = $state<{ pending: SignInAnswer['challenge'] | null }>({ pending: null });
