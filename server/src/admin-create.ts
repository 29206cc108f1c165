import '@qijian/db/quick-imports.ts';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Username } from '@qijian/domain/contract/api/users.ts';
import { passwordFault } from '@qijian/domain/passwords/password-fault.ts';
import { visibleText } from '@qijian/domain/rules/visible-text.ts';
import { Value } from 'typebox/value';

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
let isHidden = false;
/** What is typed shows on it, but for a password. */
const screen = new Writable({
  write(chunk, _encoding, done) {
    if (!isHidden) process.stdout.write(chunk);
    done();
  },
});
const terminal = createInterface({ input: process.stdin, output: screen, terminal: process.stdin.isTTY });
// Piped input arrives all at once: queue the lines until they are asked for.
const lines = terminal[Symbol.asyncIterator]();

async function ask(
  question: string,
  given: string | undefined,
  options = { hidden: false },
): Promise<string> {
  if (given !== undefined) return given;
  process.stdout.write(question);
  isHidden = options.hidden;
  const { value, done } = await lines.next();
  isHidden = false;
  if (options.hidden || !process.stdin.isTTY) process.stdout.write('\n');
  return done ? fail('Nothing was answered.') : value;
}

const username = (await ask('User name: ', process.env.ADMIN_USERNAME)).trim();
if (!Value.Check(Username, username)) fail('A user name has 3 to 40 letters, digits or . _ @ -');
const password = await ask('Password (at least 10 characters): ', process.env.ADMIN_PASSWORD, {
  hidden: true,
});
const fault = passwordFault(password, username);
if (fault === 'length') fail('A password has 10 to 200 characters.');
if (fault)
  fail('This password is easily guessed: choose one that is not common, a pattern or the user name.');
const displayName =
  visibleText(await ask('Name shown to colleagues: ', process.env.ADMIN_DISPLAY_NAME)) || username;
terminal.close();

const { addFirstAdmin } = await import('./seed/first-admin.ts');
if (!(await addFirstAdmin(url, { username, password, displayName })))
  fail(`There is a user ${username} already.`);
say(`✓ ${username} can sign in as an administrator.`);
