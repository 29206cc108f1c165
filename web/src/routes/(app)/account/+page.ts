import type { Session } from '@qijian/domain/contract/api/users.ts';
import { api } from '#lib/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const none = { items: [] as Session[] };
  const { items } = await api.get<typeof none>('/api/auth/sessions', { fetch }).catch(() => none);
  return { sessions: items };
};
