import { createInterface } from 'node:readline/promises';
import { connect } from '@qijian/db/client.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import { Password, Username } from '@qijian/domain/contract/api/users.ts';
import { Value } from 'typebox/value';
import { v7 as uuidv7 } from 'uuid';
import { hashPassword } from './features/auth/auth.service.ts';

/**
 * `npm run admin:create`: makes an administrator in the database of DATABASE_URL. Asks on the terminal for what
 * ADMIN_USERNAME, ADMIN_PASSWORD and ADMIN_DISPLAY_NAME do not say.
 */
const say = (text: string) => process.stdout.write(`${text}\n`);
const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

const url = process.env.DATABASE_URL ?? fail('DATABASE_URL is not set: it names the database to add to.');
const terminal = createInterface({ input: process.stdin, output: process.stdout });
const ask = async (question: string, given: string | undefined) =>
  given ?? (await terminal.question(question));

const username = (await ask('User name: ', process.env.ADMIN_USERNAME)).trim();
if (!Value.Check(Username, username)) fail('A user name has 3 to 40 letters, digits or . _ @ -');
const password = await ask('Password (at least 10 characters): ', process.env.ADMIN_PASSWORD);
if (!Value.Check(Password, password)) fail('A password has 10 to 200 characters.');
const displayName =
  (await ask('Name shown to colleagues: ', process.env.ADMIN_DISPLAY_NAME)).trim() || username;
terminal.close();

const { db, close } = connect(url, { max: 1, applicationName: 'qijian-admin-create' });
const user = await insertUser(db, {
  id: uuidv7(),
  username,
  displayName,
  role: 'admin',
  passwordHash: await hashPassword(password),
});
if (user) {
  await appendAudit(db, [
    {
      actor: { kind: 'system', id: null, name: 'admin:create' },
      action: 'user.created',
      entityType: 'user',
      entityId: user.id,
      detail: { role: 'admin' },
    },
  ]);
}
await close();
if (!user) fail(`There is a user ${username} already.`);
say(`✓ ${username} can sign in as an administrator.`);
