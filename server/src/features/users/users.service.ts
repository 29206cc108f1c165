import type { Tx } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { deleteUserSessions } from '@qijian/db/queries/sessions.ts';
import {
  insertInvite,
  listInvites,
  lockActiveAdmins,
  lockUser,
  putPasswordReset,
  revokeInvite,
  type UserRow,
  updateUser,
} from '@qijian/db/queries/users.ts';
import type { Invite } from '@qijian/domain/contract/api/users.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { v7 as uuidv7 } from 'uuid';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { hashSecret, newSecret } from '../../identity/sessions.ts';
import { addUser, announceUser, tellInvite, tellUser } from '../auth/auth.service.ts';
import { requireFresh } from '../auth/second-factor.service.ts';

const INVITE_HOURS = 72;
const RESET_HOURS = 24;

/** Makes an account with a first password. */
export async function createUser(
  tx: Tx,
  principal: Principal,
  input: { username: string; displayName: string; role: Role; password: string },
): Promise<UserRow> {
  const user = await addUser(tx, input);
  const actor = actorOf(principal);
  await tellUser(tx, actor, user);
  await appendAudit(tx, [
    {
      actor,
      action: 'user.created',
      entityType: 'user',
      entityId: user.id,
      detail: { role: user.role },
    },
  ]);
  return user;
}

/** Changes a user's role, name or whether they may sign in; deactivation ends their sessions in the same transaction. */
export async function updateAnyUser(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { role?: Role; active?: boolean; displayName?: string },
): Promise<UserRow> {
  const admins = await lockActiveAdmins(tx);
  const before = await lockUser(tx, id);
  if (!before) throw new Problem('not-found');
  const staysAdmin = (input.role ?? before.role) === 'admin' && (input.active ?? before.active);
  if (admins.length === 1 && admins[0] === id && !staysAdmin) throw new Problem('last-admin');
  const user = await updateUser(tx, id, {
    ...(input.role ? { role: input.role } : {}),
    ...(input.active === undefined ? {} : { active: input.active }),
    ...(input.displayName ? { displayName: input.displayName } : {}),
  });
  if (!user.active) await deleteUserSessions(tx, id);
  await announceUser(tx, principal, user);
  return user;
}

/** Makes an invitation and its secret, which exists nowhere else and must not be stored. */
export async function createInvite(
  tx: Tx,
  principal: Principal,
  input: { role: Role; expiresInHours?: number },
): Promise<{ invite: Invite; secret: string }> {
  const secret = newSecret();
  const id = uuidv7();
  await insertInvite(tx, {
    id,
    tokenHash: hashSecret(secret),
    role: input.role,
    createdBy: principal.userId,
    expiresAt: new Date(Date.now() + (input.expiresInHours ?? INVITE_HOURS) * 3_600_000),
  });
  const actor = actorOf(principal);
  await tellInvite(tx, actor, id);
  await appendAudit(tx, [
    {
      actor,
      action: 'invite.created',
      entityType: 'invite',
      entityId: id,
      detail: { role: input.role },
    },
  ]);
  const { items } = await listInvites(tx, { id });
  return { invite: items[0] as Invite, secret };
}

export async function revokeOpenInvite(tx: Tx, principal: Principal, id: string): Promise<void> {
  if (!(await revokeInvite(tx, id))) throw new Problem('not-found');
  const actor = actorOf(principal);
  await tellInvite(tx, actor, id);
  await appendAudit(tx, [{ actor, action: 'invite.revoked', entityType: 'invite', entityId: id }]);
}

/** Makes a link by which a user sets a new password, and its secret, which exists nowhere else and must not be stored. */
export async function offerPasswordReset(
  tx: Tx,
  principal: Principal,
  userId: string,
): Promise<{ expiresAt: string; secret: string }> {
  await requireFresh(tx, principal);
  const user = await lockUser(tx, userId);
  if (!user) throw new Problem('not-found');
  const secret = newSecret();
  const expiresAt = new Date(Date.now() + RESET_HOURS * 3_600_000);
  await putPasswordReset(tx, { userId, tokenHash: hashSecret(secret), expiresAt });
  await appendAudit(tx, [
    {
      actor: actorOf(principal),
      action: 'user.password-reset-offered',
      entityType: 'user',
      entityId: userId,
    },
  ]);
  return { expiresAt: expiresAt.toISOString(), secret };
}
