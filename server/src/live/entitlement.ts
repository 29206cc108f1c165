import type { ReaderRole } from '@qijian/db/queries/streams.ts';
import { CATALOG_STREAM, CUSTOMERS_STREAM, USERS_STREAM } from '@qijian/domain/contract/live-events.ts';
import { may } from '@qijian/domain/rules/permissions.ts';

/** What a stream's name says about its audience. */
export type Audience =
  | { kind: 'customers' }
  | { kind: 'catalog' }
  | { kind: 'customer'; customerId: string }
  | { kind: 'portal'; customerId: string }
  | { kind: 'users' }
  | { kind: 'user'; userId: string };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAME = new RegExp(`^(?:(customer|user):(${UUID})|customer:(${UUID}):portal)$`);

/** The audience of a stream; null for a name that is none of ours. */
export function audienceOf(stream: string): Audience | null {
  if (stream === CUSTOMERS_STREAM) return { kind: 'customers' };
  if (stream === CATALOG_STREAM) return { kind: 'catalog' };
  if (stream === USERS_STREAM) return { kind: 'users' };
  const [, kind, id, portal] = NAME.exec(stream) ?? [];
  if (portal) return { kind: 'portal', customerId: portal };
  if (!id) return null;
  return kind === 'user' ? { kind: 'user', userId: id } : { kind: 'customer', customerId: id };
}

/** Whoever asks for a stream: somebody with an account, or a customer who came by a link. */
export interface Reader {
  userId: string;
  role: ReaderRole;
  /** Of a customer: their own. */
  customerId?: string | null;
}

/** Whether somebody may read a stream at all; whether its customer exists is for the database to say. */
export function mayRead(reader: Reader, stream: string): boolean {
  const audience = audienceOf(stream);
  if (!audience) return false;
  if (reader.role === 'portal' || audience.kind === 'portal') {
    return (
      reader.role === 'portal' && audience.kind === 'portal' && audience.customerId === reader.customerId
    );
  }
  if (audience.kind === 'user') return audience.userId === reader.userId;
  if (audience.kind === 'users') return may(reader.role, 'users.manage');
  return may(reader.role, 'customers.read');
}
