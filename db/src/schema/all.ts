import * as catalog from './catalog.ts';
import * as comments from './comments.ts';
import * as customers from './customers.ts';
import * as documents from './documents.ts';
import * as events from './events.ts';
import * as links from './links.ts';
import * as notifications from './notifications.ts';
import * as users from './users.ts';

/** Every table; what drizzle and drizzle-kit read. */
export const schema = {
  ...users,
  ...catalog,
  ...customers,
  ...documents,
  ...links,
  ...comments,
  ...notifications,
  ...events,
};
