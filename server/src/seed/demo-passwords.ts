import '@qijian/db/quick-imports.ts';
import { connect } from '@qijian/db/client.ts';
import { closeDemoAccounts, openDemoAccounts } from './demo-accounts.ts';

// Says with what the demo accounts are opened; with --random, where others reach this machine, after giving each that
// still has the password of every copy one of its own. It is said this once and stored as a hash only.
const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set: it names the database of the demo accounts.');
const say = (text: string) => process.stdout.write(`${text}\n`);
const { db, close } = connect(url, { max: 3, applicationName: 'qijian-demo' });
try {
  const accounts = process.argv.includes('--random')
    ? await closeDemoAccounts(db)
    : await openDemoAccounts(db);
  const list = accounts.map(({ username, password }) => `${username} / ${password}`).join(' · ');
  if (!list) say('Demo accounts: with the passwords they were given; an administrator can reset them.');
  else if (process.argv.includes('--random'))
    say(
      `Others reach this address, so the demo accounts have new passwords. Note them now, they are not shown again:\n${list}`,
    );
  else say(`Demo accounts: ${list}`);
} finally {
  await close();
}
