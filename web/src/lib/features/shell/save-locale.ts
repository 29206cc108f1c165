import type { User } from '@qijian/domain/contract/api/users.ts';
import { call } from '#lib/api.ts';

/** Keeps the language in the profile, for the next device; the page has it already, so a failure costs nothing here. */
export async function saveLocale(locale: User['locale']): Promise<void> {
  await call('PATCH /api/auth/me', { body: { locale } }).catch(() => {});
}
