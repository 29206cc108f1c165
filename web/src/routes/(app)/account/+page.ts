import type { Session } from '@qijian/domain/contract/api/users.ts';
import { call } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const none = { items: [] as Session[] };
  const { items } = await call('GET /api/auth/sessions', { fetch }).catch(() => none);
  return { sessions: items };
};
