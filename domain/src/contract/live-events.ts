import type { CompletenessItem } from '../rules/completeness.ts';
import type { CustomerState } from '../rules/customer-states.ts';
import type { PortalChange } from '../rules/portal.ts';
import type { Comment } from './api/comments.ts';
import type { Customer } from './api/customers.ts';
import type { Document } from './api/documents.ts';
import type { UploadLink } from './api/links.ts';
import type { Notification } from './api/notifications.ts';
import type { User } from './api/users.ts';

/** Who caused an event; the portal stream never carries a staff name. */
export interface Actor {
  kind: 'user' | 'customer' | 'system';
  id: string | null;
  name: string;
  /** Of users: what they sign in with. Names can be alike and are chosen freely, this is neither. */
  username?: string;
}

/** Whatever the product does by itself. */
export const SYSTEM: Actor = { kind: 'system', id: null, name: '' };

/** A change of one field as people may see it; masked where the field is sensitive. */
export interface FieldChange {
  field: string;
  from: string | number | null;
  to: string | number | null;
}

/** On `customer:<id>` only. */
interface WithLink {
  link: UploadLink;
}
interface WithCustomer {
  /** The customer after the change, completeness and all; replace the known one when `revision` is higher. */
  customer: Customer;
  /** The pieces that it changed, of those that `GET /api/customers/:id/completeness` answers. */
  items?: CompletenessItem[];
  /** What the file did by itself with it; absent where it did nothing. */
  effect?: Effect;
}
/** How many required types count, and the state a file moves to by itself (`stateForCompleteness`), with a change. */
export interface Effect {
  satisfied?: { from: number; to: number };
  status?: { from: CustomerState; to: CustomerState };
}
/** On `customer:<id>` only. */
interface WithComment {
  comment: Comment;
}
interface WithDocument extends WithCustomer {
  document: Document;
}

/** Every committed change: type → body. Staff-side streams `customer:<id>` and (summary only) `customers`. */
export interface EventBodies {
  'customer.created': WithCustomer;
  'customer.updated': WithCustomer & { changes: FieldChange[] };
  'customer.deleted': WithCustomer;
  'customer.restored': WithCustomer;
  /** Nothing was done to the file: the checklist changed, or a document expired. */
  'customer.completeness-changed': WithCustomer & { from: number; to: number };
  /** In logs of earlier releases; `effect` says it now. */
  'customer.state-changed': WithCustomer & { from: CustomerState; to: CustomerState; reason: string | null };
  'customer.submitted': WithCustomer;
  'customer.withdrawn': WithCustomer;
  /** `from` is who had it before, when it was handed over or taken over. */
  'customer.claimed': WithCustomer & {
    how: 'claimed' | 'granted' | 'taken-over';
    from: { id: string; displayName: string } | null;
  };
  /** `expired`: no sign of life of the holder `from`. */
  'customer.released': WithCustomer & {
    reason: 'released' | 'expired';
    from: { id: string; displayName: string } | null;
  };
  /** The first of two approvals; the file goes back to the queue. */
  'customer.first-approved': WithCustomer & { reason: string | null };
  'customer.approved': WithCustomer & { reason: string | null };
  'customer.rejected': WithCustomer & { reason: string };
  'customer.returned': WithCustomer & { reason: string; requestedTypes: string[] };
  'customer.reopened': WithCustomer & { reason: string };
  /** `reason` is the customer's own, when the customer said so. */
  'customer.type-waived': WithCustomer & { documentType: string; reason?: string };
  'customer.type-unwaived': WithCustomer & { documentType: string };
  'document.added': WithDocument;
  'document.ready': WithDocument;
  'document.failed': WithDocument;
  'document.retried': WithDocument;
  'document.deleted': WithDocument;
  'document.restored': WithDocument;
  'document.moved': WithDocument & { from: string };
  /** The pages of its group that are there are all of them. */
  'document.settled': WithDocument;
  'document.reviewed': WithDocument;
  'document.review-undone': WithDocument;
  'comment.added': WithComment;
  'comment.edited': WithComment;
  'comment.deleted': WithComment;
  /** On `user:<id>`. */
  'notification.added': { notification: Notification };
  /** On `user:<id>`: those that were unread until now. */
  'notification.read': { ids: string[] };
  'link.created': WithLink;
  'link.reissued': WithLink & { replaced: string };
  'link.revoked': WithLink;
  /** Somebody proved to be the customer; `openedCount` says how often. */
  'link.opened': WithLink;
  /** A wrong code; `triesLeft` says how many are left. */
  'link.tried': WithLink;
  /** The last wrong code: the link opens nothing any more. */
  'link.locked': WithLink;
  /** On `customers` and `catalog`: document types, checklists or products changed; fetch the catalog again. */
  'catalog.changed': { recalculationId: string | null };
  /** On `customers`: how far the recalculation of all customers has come. */
  'catalog.recalculated': { recalculationId: string; done: number; total: number; finished: boolean };
  /** On `user:<id>` and `users`. */
  'user.changed': { user: User };
  /** On `users`: an invitation was made, used or revoked; fetch them again. */
  'invite.changed': { inviteId: string };
}

export type EventType = keyof EventBodies;

/** What the customer's page hears of, on `customer:<id>:portal`: type → body. */
export interface PortalEventBodies {
  /** Apply with `applyPortalChange` of the rules, then ask for one's own documents. */
  'portal.changed': PortalChange;
}
export type PortalEventType = keyof PortalEventBodies;

/** One event as it reaches clients; `seq` is gapless per stream, `version` the entity's version after the change. */
export interface LiveEvent<T extends EventType = EventType> {
  stream: string;
  seq: number;
  id: string;
  entity: {
    type: 'customer' | 'document' | 'catalog' | 'user' | 'invite' | 'link' | 'comment' | 'notification';
    id: string;
  };
  version: number;
  type: T;
  at: string;
  actor: Actor;
  data: EventBodies[T];
}
/** The same for the customer's page; the actor is `customer` or `system`, without id and name. */
export interface PortalEvent<T extends PortalEventType = PortalEventType>
  extends Omit<LiveEvent, 'type' | 'data'> {
  type: T;
  data: PortalEventBodies[T];
}

/** `customer:<id>`, `customer:<id>:portal`, `customers`, `catalog`, `users`, `user:<id>`. */
export const CUSTOMERS_STREAM = 'customers';
/** Document types and checklists, for every page that shows one customer and not the list. */
export const CATALOG_STREAM = 'catalog';
/** The staff-side stream of one customer. */
export const customerStream = (customerId: string) => `customer:${customerId}`;
/** What the customer may know; the only stream a portal socket reads. */
export const portalStream = (customerId: string) => `customer:${customerId}:portal`;
/** Accounts and invitations, for whoever manages them. */
export const USERS_STREAM = 'users';
/** What concerns one user alone. */
export const userStream = (userId: string) => `user:${userId}`;

/** Where a stream stands: the last sequence number, and the epoch, which changes when a backup is restored. */
export interface StreamHead {
  stream: string;
  seq: number;
  epoch: string;
}

export const DOINGS = ['viewing', 'editing', 'uploading', 'reviewing', 'shooting'] as const;
/** What a customer's phone can say of itself. It repeats `presence` every 4 s, or is gone after 7 s of silence. */
export const PHONE_DOINGS = ['viewing', 'shooting', 'uploading'] as const;
/** What somebody is doing on a customer; `target` is a field name or a document type. */
export interface Doing {
  kind: (typeof DOINGS)[number];
  target: string | null;
}
export interface PresentPerson {
  /** User id, or for a phone the id of its link; one entry a person however many windows. */
  id: string;
  name: string;
  kind: 'user' | 'phone';
  doing: Doing;
  /** ISO time since when the person is here. */
  since: string;
}
export interface UploadProgress {
  customerId: string;
  uploadId: string;
  type: string;
  filename: string;
  actor: Actor;
  /** 0–100; null means the upload was given up. */
  percent: number | null;
  size: number;
}

/** What is going on at this moment; whatever is not in it is over. */
export interface OverviewNow {
  presence: { customerId: string; people: PresentPerson[] }[];
  uploads: UploadProgress[];
}

/** How far somebody else's upload has come, for the customer's page: no names. */
export interface PortalUploadProgress {
  uploadId: string;
  type: string;
  by: 'customer' | 'staff';
  /** 0–100; null means the upload was given up. */
  percent: number | null;
}

/** Server → the customer's page, which connects with `query: { as: 'portal' }` and reads its portal stream alone. */
export interface ServerToPortalEvents {
  event: (event: PortalEvent) => void;
  /** Followed by the end of the connection: ask GET `/api/portal/session` why. */
  revoked: (body: { stream: string }) => void;
  'portal-upload-progress': (body: PortalUploadProgress) => void;
}

/** Server → client. */
export interface ServerToClientEvents {
  event: (event: LiveEvent) => void;
  revoked: (body: { stream: string }) => void;
  /** Who is on one customer from now on. */
  presence: (body: { customerId: string; people: PresentPerson[] }) => void;
  /** Everybody who is on any customer, and every upload: whoever joins `customers` gets it once, instead of many single ones. */
  now: (body: OverviewNow) => void;
  online: (body: { people: { id: string; name: string }[] }) => void;
  'upload-progress': (body: UploadProgress) => void;
  'portal-upload-progress': (body: PortalUploadProgress) => void;
}

export type SubscribeAnswer =
  | { ok: true; head: number; epoch: string }
  | { ok: false; problem: { type: string; detail: string } };

/** Client → server; every one is acknowledged. `subscribe` without `after` starts at the head. */
export interface ClientToServerEvents {
  subscribe: (
    body: { stream: string; after?: number; epoch?: string },
    answer: (answer: SubscribeAnswer) => void,
  ) => void;
  unsubscribe: (body: { stream: string }, answer: (answer: { ok: boolean }) => void) => void;
  presence: (
    body: { customerId: string; doing: Doing | null },
    answer: (answer: { ok: boolean }) => void,
  ) => void;
  /** Answered at once; the client measures the round trip. */
  latency: (answer: () => void) => void;
}
