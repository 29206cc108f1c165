import { hash, verify } from '@node-rs/argon2';
import type { Db, Tx } from '@qijian/db/client.ts';
import { type AuditEntry, appendAudit, appendEvents } from '@qijian/db/queries/events.ts';
import { deleteUserSessions } from '@qijian/db/queries/sessions.ts';
import {
  clearAttempts,
  countAttempt,
  countSlowed,
  forgetDevices,
  forgiveAttempt,
  insertUser,
  isKnownDevice,
  lockOpenInvite,
  lockUser,
  readUserByName,
  type SlowDown,
  takePasswordReset,
  toUser,
  type UserRow,
  updateUser,
  useInvite,
} from '@qijian/db/queries/users.ts';
import { type Actor, USERS_STREAM, userStream } from '@qijian/domain/contract/live-events.ts';
import { passwordFault } from '@qijian/domain/passwords/password-fault.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { hashSecret } from '../../identity/sessions.ts';

/** argon2id with the parameters OWASP recommends (19 MiB, two passes). */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string) => hash(password, ARGON2);

const FAULTS = {
  length: 'must have 10 to 200 characters',
  common: 'is one of the commonest passwords',
  'user-name': 'must be more than the user name',
  pattern: 'must not be made of repeated characters or runs of the keyboard',
};

/** Refuses a new password that others would guess; `path` is the field it came in. */
function requireGoodPassword(path: string, password: string, username: string): void {
  const fault = passwordFault(password, username);
  if (fault) throw fieldProblem(path, FAULTS[fault]);
}

/** Compared with when there is no such user, so that the answer takes as long. */
let decoy: Promise<string> | undefined;

/** Counts an attempt and refuses it when it is beyond the limit; the guess itself comes after. */
async function limitAttempts(db: Db, key: string, limit: number): Promise<void> {
  const { attempts, secondsLeft } = await countAttempt(db, key);
  if (attempts > limit) throw new Problem('rate-limited', { retryAfter: Math.max(1, secondsLeft) });
}

/** An IPv6 customer has 2^64 addresses: they count as one. */
export function addressKey(ip: string): string {
  const plain = ip.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [front = '', back] = plain.split('::');
  const groups = front.split(':').filter(Boolean);
  const tail = back?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: back === undefined ? 0 : 8 - groups.length - tail.length }, () => '0');
  const network = [...groups, ...zeros, ...tail].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Beyond so many failures of one account from one address, each further one waits. */
const BETWEEN = (free: number): SlowDown => ({ free, seconds: 5, most: 300, forgottenAfter: 900 });
/** The same for one account from all strangers, and for all accounts from one address: short, as it meets the innocent. */
const OVERALL = (free: number): SlowDown => ({ free: free * 10, seconds: 1, most: 15, forgottenAfter: 900 });

/** From where somebody tries to come in. */
export interface Origin {
  address: string;
  /** The stored form of the browser's device secret. */
  deviceHash: string | null;
}

/**
 * Counts an attempt under each key and refuses it where it comes too early; answers the keys under which the next one
 * has to wait longer.
 */
export async function slowDown(db: Db, rules: [key: string, rule: SlowDown][]): Promise<string[]> {
  const slowed: string[] = [];
  for (const [key, rule] of rules) {
    const { attempt, secondsLeft } = await countSlowed(db, key, rule);
    if (attempt === null) throw new Problem('rate-limited', { retryAfter: secondsLeft });
    if (attempt === rule.free) slowed.push(key.slice(0, key.indexOf(':')));
  }
  return slowed;
}

/**
 * Finds the user of these credentials. Attempts are counted across processes by account and address, and slowed down
 * rather than locked, so that nobody can lock out another; a device on which this account has signed in before is
 * counted by itself, whatever strangers do.
 */
export async function login(
  db: Db,
  input: { username: string; password: string; maxFailures: number } & Origin,
): Promise<UserRow> {
  const name = input.username.toLowerCase();
  const from = addressKey(input.address);
  const { deviceHash, maxFailures } = input;
  const isKnown = deviceHash !== null && (await isKnownDevice(db, name, deviceHash));
  const own = isKnown ? `device:${deviceHash}` : `account-address:${from} ${name}`;
  const overall = isKnown ? [] : [`account:${name}`, `address:${from}`];
  const slowed = await slowDown(db, [
    [own, BETWEEN(maxFailures)],
    ...overall.map((key): [string, SlowDown] => [key, OVERALL(maxFailures)]),
  ]);

  const user = await readUserByName(db, input.username);
  decoy ??= hashPassword('nobody has this password');
  const matches = await verify(user?.passwordHash ?? (await decoy), input.password);
  const fault = !user || !matches ? 'wrong-credentials' : user.active ? null : 'account-disabled';
  if (user && fault === null) {
    await Promise.all([clearAttempts(db, own), ...overall.map((key) => forgiveAttempt(db, key))]);
    return user;
  }
  // What was typed stays out of it: people type passwords where their name belongs.
  const entry = (action: string, detail: object): AuditEntry => ({
    actor: user ? userActor(user) : { kind: 'system', id: null, name: 'unknown' },
    action,
    entityType: 'user',
    entityId: user?.id ?? null,
    detail: { credential: 'password', session: null, address: input.address, ...detail },
  });
  await appendAudit(db, [
    entry('auth.login-failed', { reason: fault, knownDevice: isKnown }),
    ...slowed.map((by) => entry('auth.login-slowed', { by })),
  ]);
  throw new Problem(fault ?? 'wrong-credentials');
}

/** A user as the one who did it. */
export const userActor = (user: UserRow): Actor => ({
  kind: 'user',
  id: user.id,
  name: user.displayName,
  username: user.username,
});

/** Adds a user; refuses a name that is taken. */
export async function addUser(
  tx: Tx,
  input: { username: string; displayName: string; password: string; role: Role },
): Promise<UserRow> {
  requireGoodPassword('password', input.password, input.username);
  const user = await insertUser(tx, {
    id: uuidv7(),
    username: input.username,
    displayName: input.displayName,
    role: input.role,
    passwordHash: await hashPassword(input.password),
  });
  if (!user) {
    throw new Problem('already-exists', {
      detail: 'This user name is taken',
      errors: [{ path: 'username', message: 'is taken' }],
    });
  }
  return user;
}

/** Makes an account from an invitation, which is used up by it. */
export async function register(
  tx: Tx,
  input: { invite: string; username: string; displayName: string; password: string },
): Promise<UserRow> {
  const invite = await lockOpenInvite(tx, hashSecret(input.invite));
  if (!invite) throw new Problem('invite-invalid');
  const user = await addUser(tx, { ...input, role: invite.role });
  await useInvite(tx, invite.id, user.id);
  const actor = userActor(user);
  await tellUser(tx, actor, user);
  await tellInvite(tx, actor, invite.id);
  await appendAudit(tx, [{ actor, action: 'user.registered', entityType: 'user', entityId: user.id }]);
  return user;
}

/**
 * Sets a new password and ends every other session of the user. Guesses at the current one are limited like logins:
 * whoever finds an open page must not find the password too.
 */
export async function changePassword(
  db: Db,
  principal: Principal,
  input: { currentPassword: string; newPassword: string; maxFailures: number },
): Promise<void> {
  const key = `password:${principal.userId}`;
  await limitAttempts(db, key, input.maxFailures);
  await db.transaction(async (tx) => {
    const user = await lockUser(tx, principal.userId);
    if (!user || !(await verify(user.passwordHash, input.currentPassword))) {
      throw new Problem('wrong-password', { errors: [{ path: 'currentPassword', message: 'is wrong' }] });
    }
    requireGoodPassword('newPassword', input.newPassword, user.username);
    await updateUser(tx, user.id, { passwordHash: await hashPassword(input.newPassword) });
    await deleteUserSessions(tx, user.id, principal.sessionHash ?? undefined);
    await clearAttempts(tx, key);
    await appendAudit(tx, [
      { actor: actorOf(principal), action: 'auth.password-changed', entityType: 'user', entityId: user.id },
    ]);
  });
}

/**
 * Sets a new password by a link that an administrator made, which is used up by it, and ends every session of the user.
 * Guesses at links are limited by address.
 */
export async function resetPassword(
  db: Db,
  input: { token: string; newPassword: string; address: string; maxFailures: number },
): Promise<UserRow> {
  const address = `reset:${addressKey(input.address)}`;
  await slowDown(db, [[address, { free: input.maxFailures, seconds: 5, most: 30, forgottenAfter: 900 }]]);
  return db.transaction(async (tx) => {
    const userId = await takePasswordReset(tx, hashSecret(input.token));
    const user = userId === null ? null : await lockUser(tx, userId);
    if (!user?.active) throw new Problem('reset-invalid');
    requireGoodPassword('newPassword', input.newPassword, user.username);
    await updateUser(tx, user.id, { passwordHash: await hashPassword(input.newPassword) });
    await deleteUserSessions(tx, user.id);
    // Failed attempts at the old password must not slow down the new one.
    await clearAttempts(tx, `account:${user.username.toLowerCase()}`);
    await forgetDevices(tx, user.id);
    await forgiveAttempt(tx, address);
    const actor = userActor(user);
    await appendAudit(tx, [{ actor, action: 'auth.password-reset', entityType: 'user', entityId: user.id }]);
    return user;
  });
}

/** Changes one's own language. */
export async function updateMe(
  tx: Tx,
  principal: Principal,
  input: { locale: 'zh-CN' | 'en' },
): Promise<UserRow> {
  const user = await updateUser(tx, principal.userId, { locale: input.locale });
  await announceUser(tx, principal, user);
  return user;
}

/** Tells a user's own pages, those of the administrators, and the audit log that the account changed. */
export async function announceUser(tx: Tx, principal: Principal, user: UserRow): Promise<void> {
  const actor = actorOf(principal);
  await tellUser(tx, actor, user);
  await appendAudit(tx, [
    {
      actor,
      action: 'user.changed',
      entityType: 'user',
      entityId: user.id,
      detail: { role: user.role, active: user.active },
    },
  ]);
}

/** Shows an account as it is now wherever it is on a screen. */
export function tellUser(tx: Tx, actor: Actor, user: UserRow): Promise<void> {
  return appendEvents(tx, [
    {
      streams: [userStream(user.id), USERS_STREAM],
      entity: { type: 'user', id: user.id },
      version: user.version,
      type: 'user.changed',
      actor,
      data: { user: toUser(user) },
    },
  ]);
}

/** Tells the administrators' pages that an invitation is no longer as it was. */
export function tellInvite(tx: Tx, actor: Actor, inviteId: string): Promise<void> {
  return appendEvents(tx, [
    {
      streams: [USERS_STREAM],
      entity: { type: 'invite', id: inviteId },
      version: 1,
      type: 'invite.changed',
      actor,
      data: { inviteId },
    },
  ]);
}
