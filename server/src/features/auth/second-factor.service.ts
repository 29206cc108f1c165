import { randomInt } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import type { Db, DbOrTx, Tx } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import {
  type ChallengeRow,
  confirmFactor,
  countChallengeTry,
  countRecoveryCodes,
  deleteFactor,
  endChallenge,
  insertChallenge,
  isConfirmed,
  putDemandedRoles,
  putRecoveryCodes,
  putUnconfirmedFactor,
  readChallenge,
  readDemandedRoles,
  readFactor,
  setConfirmed,
  takeRecoveryCode,
  takeStep,
} from '@qijian/db/queries/second-factors.ts';
import { deleteUserSessions } from '@qijian/db/queries/sessions.ts';
import { clearAttempts, readUser, type UserRow } from '@qijian/db/queries/users.ts';
import type { FactorSecret, SecondFactor } from '@qijian/domain/contract/api/second-factor.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';
import { Secret, TOTP } from 'otpauth';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { hashSecret, newSecret, publicId } from '../../identity/sessions.ts';
import { slowDown, userActor } from './auth.service.ts';

const ISSUER = 'Qijian';
const PERIOD = 30;
const TRIES = 5;
const CHALLENGE_MS = 5 * 60_000;
const FRESH_MINUTES = 10;
const CODES = 10;
/** No characters that look alike. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

const totpOf = (secret: string, username = '') =>
  new TOTP({ issuer: ISSUER, label: username, period: PERIOD, secret: Secret.fromBase32(secret) });

const newCode = () =>
  Array.from({ length: 3 }, () =>
    Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  ).join('-');
const hashCode = (userId: string, code: string) =>
  hashSecret(`${userId} ${code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')}`);

/** Who was let through the first step goes on with this; null when that step is all that is asked of them. */
export async function challenge(
  db: Db,
  user: UserRow,
  credential: string,
  remember: boolean,
): Promise<{ token: string; setup: boolean } | null> {
  const isSetUp = Boolean((await readFactor(db, user.id))?.confirmedAt);
  if (!isSetUp && !(await readDemandedRoles(db)).includes(user.role)) return null;
  const token = newSecret();
  await insertChallenge(db, {
    tokenHash: hashSecret(token),
    userId: user.id,
    credential,
    remember,
    setup: !isSetUp,
    expiresAt: new Date(Date.now() + CHALLENGE_MS),
  });
  return { token, setup: !isSetUp };
}

/** A secret for somebody who has to set up their second step before they come in. */
export async function setUpAtSignIn(db: Db, token: string): Promise<FactorSecret> {
  const found = await readChallenge(db, hashSecret(token), TRIES);
  const user = found?.setup ? await readUser(db, found.userId) : null;
  if (!user?.active) throw new Problem('challenge-ended');
  return newFactor(db, user);
}

/** Takes the second step of a sign-in; the challenge is used up by it. */
export async function takeSecondStep(
  db: Db,
  input: { challenge: string; code: string; address: string },
): Promise<{ user: UserRow; done: ChallengeRow; by: 'totp' | 'recovery-code'; recoveryCodes?: string[] }> {
  const tokenHash = hashSecret(input.challenge);
  const found = await readChallenge(db, tokenHash, TRIES);
  const user = found && (await readUser(db, found.userId));
  if (!user?.active) throw new Problem('challenge-ended');
  await limitCodes(db, user.id);
  const done = await countChallengeTry(db, tokenHash, TRIES);
  if (!done) throw new Problem('challenge-ended');
  const by = await db.transaction(async (tx) => {
    const used = await takeCode(tx, user.id, input.code, done.setup);
    // A code that is right is not used up when another request has gone through with this challenge.
    if (used && !(await endChallenge(tx, tokenHash))) throw new Problem('challenge-ended');
    return used;
  });
  if (!by) {
    await appendAudit(db, [
      {
        actor: userActor(user),
        action: 'auth.login-failed',
        entityType: 'user',
        entityId: user.id,
        detail: { credential: 'second-step', session: null, address: input.address, reason: 'wrong-code' },
      },
    ]);
    throw new Problem('wrong-code', { triesLeft: Math.max(0, TRIES - done.tries) });
  }
  await clearAttempts(db, codesKey(user.id));
  if (!done.setup) return { user, done, by };
  const recoveryCodes = await db.transaction((tx) => finish(tx, user));
  return { user, done, by, recoveryCodes };
}

const codesKey = (userId: string) => `second-step:${userId}`;
/** Whoever gets this far knows the password, and could begin again and again. */
const limitCodes = (db: Db, userId: string) =>
  slowDown(db, [[codesKey(userId), { free: TRIES, seconds: 10, most: 300, forgottenAfter: 900 }]]);

/** Uses up a code of the authenticator or a recovery code; says which it was, null when it is neither. */
async function takeCode(
  tx: DbOrTx,
  userId: string,
  code: string,
  isSetup = false,
): Promise<'totp' | 'recovery-code' | null> {
  const factor = await readFactor(tx, userId);
  if (!factor || (factor.confirmedAt === null) !== isSetup) return null;
  const digits = code.replaceAll(/\s/g, '');
  if (/^\d{6}$/.test(digits)) {
    const timestamp = Date.now();
    const delta = totpOf(factor.secret).validate({ token: digits, timestamp, window: 1 });
    if (delta === null) return null;
    const step = Math.floor(timestamp / 1000 / PERIOD) + delta;
    return (await takeStep(tx, userId, step)) ? 'totp' : null;
  }
  if (isSetup) return null;
  return (await takeRecoveryCode(tx, userId, hashCode(userId, code))) ? 'recovery-code' : null;
}

async function newFactor(db: DbOrTx, user: UserRow): Promise<FactorSecret> {
  const secret = new Secret({ size: 20 }).base32;
  if (!(await putUnconfirmedFactor(db, user.id, secret))) {
    throw new Problem('state-conflict', { detail: 'Two-step sign-in is on already' });
  }
  return { secret, uri: totpOf(secret, user.username).toString() };
}

async function finish(tx: Tx, user: UserRow, principal?: Principal): Promise<string[]> {
  await confirmFactor(tx, user.id);
  await record(tx, 'auth.second-factor-added', user.id, principal ?? user);
  return newCodes(tx, user.id);
}

async function newCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newCode);
  await putRecoveryCodes(
    tx,
    userId,
    codes.map((code) => hashCode(userId, code)),
  );
  return codes;
}

function record(tx: DbOrTx, action: string, userId: string, by: Principal | UserRow, detail: object = {}) {
  const isPrincipal = 'userId' in by;
  const session = isPrincipal && by.sessionHash ? publicId(by.sessionHash) : null;
  return appendAudit(tx, [
    {
      actor: isPrincipal ? actorOf(by) : userActor(by),
      action,
      entityType: 'user',
      entityId: userId,
      detail: { credential: isPrincipal ? 'session' : 'password', session, ...detail },
    },
  ]);
}

/** Refuses whoever has not shown within ten minutes that it is still them at this session. */
export async function requireFresh(db: DbOrTx, principal: Principal): Promise<void> {
  if (principal.sessionHash === null) {
    throw new Problem('not-allowed', { detail: 'Only a person who is signed in does this' });
  }
  if (!(await isConfirmed(db, principal.sessionHash, FRESH_MINUTES))) throw new Problem('confirm-identity');
}

/** Shows by password or code that it is still the same person. */
export async function confirmIdentity(
  db: Db,
  principal: Principal,
  input: { password?: string; code?: string },
): Promise<void> {
  const { userId, sessionHash } = principal;
  if (sessionHash === null) throw new Problem('not-allowed');
  await limitCodes(db, userId);
  const user = await readUser(db, userId);
  if (!user) throw new Problem('not-signed-in');
  if (input.password !== undefined) {
    if (!(await verify(user.passwordHash, input.password))) {
      throw new Problem('wrong-password', { errors: [{ path: 'password', message: 'is wrong' }] });
    }
  } else if (!(await takeCode(db, userId, input.code ?? ''))) throw new Problem('wrong-code');
  await clearAttempts(db, codesKey(userId));
  await setConfirmed(db, sessionHash, true);
}

/** What a person may know of their second factor: never its secret. */
export async function describeFactor(db: Db, { userId, role }: Principal): Promise<SecondFactor> {
  const factor = await readFactor(db, userId);
  return {
    since: factor?.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: await countRecoveryCodes(db, userId),
    demanded: (await readDemandedRoles(db)).includes(role),
  };
}

export async function startFactor(db: Db, principal: Principal): Promise<FactorSecret> {
  await requireFresh(db, principal);
  const user = await readUser(db, principal.userId);
  if (!user) throw new Problem('not-signed-in');
  return newFactor(db, user);
}

/** Turns the second step on with the first code of the authenticator; ends the person's other sessions. */
export async function finishFactor(db: Db, principal: Principal, code: string): Promise<string[]> {
  await requireFresh(db, principal);
  await limitCodes(db, principal.userId);
  const codes = await db.transaction(async (tx) => {
    const user = await readUser(tx, principal.userId);
    if (!user || !(await takeCode(tx, principal.userId, code, true))) return null;
    await deleteUserSessions(tx, principal.userId, principal.sessionHash ?? undefined);
    return finish(tx, user, principal);
  });
  if (!codes) throw new Problem('wrong-code');
  await clearAttempts(db, codesKey(principal.userId));
  return codes;
}

export async function renewCodes(tx: Tx, principal: Principal): Promise<string[]> {
  await requireFresh(tx, principal);
  if (!(await readFactor(tx, principal.userId))?.confirmedAt) throw new Problem('state-conflict');
  await record(tx, 'auth.recovery-codes-renewed', principal.userId, principal);
  return newCodes(tx, principal.userId);
}

/** Turns the second step off, where the person's role may do without. */
export async function removeFactor(tx: Tx, principal: Principal): Promise<void> {
  await requireFresh(tx, principal);
  if ((await readDemandedRoles(tx)).includes(principal.role)) {
    throw new Problem('state-conflict', { detail: 'Your role has to have two-step sign-in' });
  }
  if (await deleteFactor(tx, principal.userId)) {
    await record(tx, 'auth.second-factor-removed', principal.userId, principal);
  }
}

/** Demands a second step of these roles and no others. */
export async function demandFactor(tx: Tx, principal: Principal, roles: Role[]): Promise<void> {
  await requireFresh(tx, principal);
  await putDemandedRoles(tx, [...new Set(roles)]);
  await record(tx, 'auth.second-factor-demanded', principal.userId, principal, { roles });
}

/** Takes the second factor off somebody who lost it, and ends their sessions. */
export async function resetFactor(tx: Tx, principal: Principal, userId: string): Promise<void> {
  await requireFresh(tx, principal);
  if (!(await readUser(tx, userId)) || !(await deleteFactor(tx, userId))) throw new Problem('not-found');
  await deleteUserSessions(tx, userId);
  await record(tx, 'auth.second-factor-reset', userId, principal);
}
