import { randomInt } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import type { Db } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { deleteUserSessions } from '@qijian/db/queries/sessions.ts';
import { lockUser, readUserByName, updateUser } from '@qijian/db/queries/users.ts';
import { hashPassword } from '../features/auth/auth.service.ts';
import { DEMO_USERS } from './demo-customers.ts';

/** No characters that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 16;

type DemoUser = (typeof DEMO_USERS)[number];

/** The demo accounts that the password in every copy of this program still opens. */
export async function openDemoAccounts(db: Db): Promise<DemoUser[]> {
  const open = await Promise.all(
    DEMO_USERS.map(async ({ username, password }) => {
      const user = await readUserByName(db, username);
      return user !== null && (await verify(user.passwordHash, password));
    }),
  );
  return DEMO_USERS.filter((_, index) => open[index]);
}

/** Gives those accounts random passwords and ends their sessions; answers what nobody can read again. */
export async function closeDemoAccounts(db: Db): Promise<{ username: string; password: string }[]> {
  const open = await openDemoAccounts(db);
  return Promise.all(
    open.map(async ({ username }) => {
      const password = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      const passwordHash = await hashPassword(password);
      await db.transaction(async (tx) => {
        const known = await readUserByName(tx, username);
        const user = known && (await lockUser(tx, known.id));
        if (!user) return;
        await updateUser(tx, user.id, { passwordHash });
        await deleteUserSessions(tx, user.id);
        await appendAudit(tx, [
          {
            actor: { kind: 'system', id: null, name: 'start' },
            action: 'auth.password-reset',
            entityType: 'user',
            entityId: user.id,
          },
        ]);
      });
      return { username, password };
    }),
  );
}
