import { connect } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import { v7 as uuidv7 } from 'uuid';
import { hashPassword } from '../features/auth/auth.service.ts';

/** Makes an administrator, and the audit row of it; false when the name is taken. */
export async function addFirstAdmin(
  databaseUrl: string,
  { username, password, displayName }: { username: string; password: string; displayName: string },
): Promise<boolean> {
  const passwordHash = await hashPassword(password);
  const { db, close } = connect(databaseUrl, { max: 1, applicationName: 'qijian-admin-create' });
  try {
    return await db.transaction(async (tx) => {
      const user = await insertUser(tx, { id: uuidv7(), username, displayName, role: 'admin', passwordHash });
      if (!user) return false;
      await appendAudit(tx, [
        {
          actor: { kind: 'system', id: null, name: 'admin:create' },
          action: 'user.created',
          entityType: 'user',
          entityId: user.id,
          detail: { role: 'admin' },
        },
      ]);
      return true;
    });
  } finally {
    await close();
  }
}
