import { connect } from '@qijian/db/client.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import { v7 } from 'uuid';
import { hashPassword } from './features/auth/auth.service.ts';
import { seedCatalog } from './seed/catalog.ts';

const { db, close } = connect(process.env.DATABASE_URL as string, { max: 2 });
await seedCatalog(db);
await insertUser(db, {
  id: v7(),
  username: 'operator',
  displayName: 'Operator',
  role: 'admin',
  passwordHash: await hashPassword('operator-password-1'),
});
await close();
