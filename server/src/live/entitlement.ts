import { CUSTOMERS_STREAM, USERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { may, type Role } from '@qijian/domain/rules/permissions.ts';

/** What a stream's name says about its audience. */
export type Audience =
  | { kind: 'customers' }
  | { kind: 'customer'; customerId: string }
  | { kind: 'users' }
  | { kind: 'user'; userId: string };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAME = new RegExp(`^(customer|user):(${UUID})$`);

/** The audience of a stream; null for a name that nobody who signs in with an account may read. */
export function audienceOf(stream: string): Audience | null {
  if (stream === CUSTOMERS_STREAM) return { kind: 'customers' };
  if (stream === USERS_STREAM) return { kind: 'users' };
  const [, kind, id] = NAME.exec(stream) ?? [];
  if (!id) return null;
  return kind === 'user' ? { kind: 'user', userId: id } : { kind: 'customer', customerId: id };
}

/** Whether somebody may read a stream at all; whether its customer exists is for the database to say. */
export function mayRead(reader: { userId: string; role: Role }, stream: string): boolean {
  const audience = audienceOf(stream);
  if (!audience) return false;
  if (audience.kind === 'user') return audience.userId === reader.userId;
  if (audience.kind === 'users') return may(reader.role, 'users.manage');
  return may(reader.role, 'customers.read');
}
