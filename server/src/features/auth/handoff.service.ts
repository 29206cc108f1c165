import type { Tx } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { insertHandoff, takeHandoff } from '@qijian/db/queries/links.ts';
import { readSession } from '@qijian/db/queries/sessions.ts';
import { readUser, type UserRow } from '@qijian/db/queries/users.ts';
import { Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { hashSecret, newSecret } from '../../identity/sessions.ts';

const LIVES_MS = 2 * 60_000;

/** A code by which somebody who is signed in goes on with a customer on their own phone. */
export async function offerHandoff(
  tx: Tx,
  principal: Principal,
  customerId: string,
): Promise<{ secret: string; expiresAt: Date }> {
  if (principal.sessionHash === null) {
    throw new Problem('not-allowed', { detail: 'Only a person who is signed in goes on on a phone' });
  }
  if (!(await readCustomer(tx, customerId))) throw new Problem('not-found');
  const secret = newSecret();
  const expiresAt = new Date(Date.now() + LIVES_MS);
  await insertHandoff(tx, {
    tokenHash: hashSecret(secret),
    sessionHash: principal.sessionHash,
    customerId,
    expiresAt,
  });
  await appendAudit(tx, [
    {
      actor: actorOf(principal),
      action: 'auth.handoff-offered',
      entityType: 'user',
      entityId: principal.userId,
      customerId,
    },
  ]);
  return { secret, expiresAt };
}

/** Uses up a code; it opens nothing when the session that asked for it has ended. */
export async function acceptHandoff(tx: Tx, secret: string): Promise<{ user: UserRow; customerId: string }> {
  const taken = await takeHandoff(tx, hashSecret(secret));
  const session = taken && (await readSession(tx, taken.sessionHash));
  const user = session && (await readUser(tx, session.user.id));
  if (!user) throw new Problem('handoff-invalid');
  await appendAudit(tx, [
    {
      actor: { kind: 'user', id: user.id, name: user.displayName, username: user.username },
      action: 'auth.handoff',
      entityType: 'user',
      entityId: user.id,
      customerId: taken.customerId,
    },
  ]);
  return { user, customerId: taken.customerId };
}
