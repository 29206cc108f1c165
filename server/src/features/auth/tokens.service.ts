import type { DbOrTx, Tx } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { insertApiToken, readApiTokens, revokeApiToken } from '@qijian/db/queries/sessions.ts';
import type { CreateTokenBody, Token } from '@qijian/domain/contract/api/users.ts';
import type { Static } from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { hashSecret, newSecret } from '../../identity/sessions.ts';

const MOST = 20;

export async function listTokens(db: DbOrTx, principal: Principal): Promise<Token[]> {
  const rows = await readApiTokens(db, principal.userId);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
  }));
}

/** Makes a token, and its secret, that acts as whoever makes it; a token makes no further ones, so that a stolen one can be ended. */
export async function createToken(
  tx: Tx,
  principal: Principal,
  input: Static<typeof CreateTokenBody>,
): Promise<{ token: Token; secret: string }> {
  if (principal.sessionHash === null) {
    throw new Problem('not-allowed', { detail: 'Tokens are made by a person who is signed in' });
  }
  if ((await readApiTokens(tx, principal.userId)).length >= MOST) {
    throw new Problem('state-conflict', { detail: `At most ${MOST} tokens can be open` });
  }
  const id = uuidv7();
  const secret = `qj_${newSecret()}`;
  const days = input.expiresInDays;
  await insertApiToken(tx, {
    id,
    userId: principal.userId,
    name: input.name,
    tokenHash: hashSecret(secret),
    expiresAt: days === undefined ? null : new Date(Date.now() + days * 86_400_000),
  });
  await audit(tx, principal, 'token.created', id);
  const [token] = (await listTokens(tx, principal)).filter((candidate) => candidate.id === id);
  return { token: token as Token, secret };
}

/** Ends a token of one's own at once. */
export async function revokeToken(tx: Tx, principal: Principal, id: string): Promise<void> {
  if (!(await revokeApiToken(tx, principal.userId, id))) throw new Problem('not-found');
  await audit(tx, principal, 'token.revoked', id);
}

const audit = (tx: Tx, principal: Principal, action: string, entityId: string) =>
  appendAudit(tx, [{ actor: actorOf(principal), action, entityType: 'token', entityId }]);
