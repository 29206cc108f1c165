import type { CustomerState } from '../rules/customer-states.ts';
import type { Customer } from './api/customers.ts';
import type { Document } from './api/documents.ts';
import type { User } from './api/users.ts';

/** Who caused an event; the portal stream never carries a staff name. */
export interface Actor {
  kind: 'user' | 'customer' | 'system';
  id: string | null;
  name: string;
}

/** A change of one field as people may see it; masked where the field is sensitive. */
export interface FieldChange {
  field: string;
  from: string | number | null;
  to: string | number | null;
}

interface WithCustomer {
  /** The customer after the change; replace the known one when `version` is higher. */
  customer: Customer;
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
  'customer.completeness-changed': WithCustomer & { from: number; to: number };
  'customer.state-changed': WithCustomer & { from: CustomerState; to: CustomerState; reason: string | null };
  'customer.submitted': WithCustomer;
  'customer.withdrawn': WithCustomer;
  'customer.claimed': WithCustomer;
  'customer.released': WithCustomer;
  'customer.approved': WithCustomer & { reason: string | null };
  'customer.rejected': WithCustomer & { reason: string };
  'customer.returned': WithCustomer & { reason: string; requestedTypes: string[] };
  'customer.reopened': WithCustomer & { reason: string };
  'customer.type-waived': WithCustomer & { documentType: string };
  'customer.type-unwaived': WithCustomer & { documentType: string };
  'document.added': WithDocument;
  'document.ready': WithDocument;
  'document.failed': WithDocument;
  'document.retried': WithDocument;
  'document.deleted': WithDocument;
  'document.restored': WithDocument;
  'document.moved': WithDocument & { from: string };
  'document.reviewed': WithDocument;
  /** On `customers`: document types, checklists or products changed; fetch the catalog again. */
  'catalog.changed': { recalculationId: string | null };
  /** On `customers`: how far the recalculation of all customers has come. */
  'catalog.recalculated': { recalculationId: string; done: number; total: number; finished: boolean };
  /** On `user:<id>`. */
  'user.changed': { user: User };
}

export type EventType = keyof EventBodies;

/** One event as it reaches clients; `seq` is gapless per stream, `version` the entity's version after the change. */
export interface LiveEvent<T extends EventType = EventType> {
  stream: string;
  seq: number;
  id: string;
  entity: { type: 'customer' | 'document' | 'catalog' | 'user'; id: string };
  version: number;
  type: T;
  at: string;
  actor: Actor;
  data: EventBodies[T];
}

/** `customer:<id>`, `customer:<id>:portal`, `customers`, `user:<id>`. */
export const CUSTOMERS_STREAM = 'customers';
/** The staff-side stream of one customer. */
export const customerStream = (customerId: string) => `customer:${customerId}`;
/** What concerns one user alone. */
export const userStream = (userId: string) => `user:${userId}`;

/** Where a stream stands: the last sequence number, and the epoch, which changes when a backup is restored. */
export interface StreamHead {
  stream: string;
  seq: number;
  epoch: string;
}

export const DOINGS = ['viewing', 'editing', 'uploading', 'reviewing'] as const;
/** What somebody is doing on a customer; `target` is a field name or a document type. */
export interface Doing {
  kind: (typeof DOINGS)[number];
  target: string | null;
}
export interface PresentPerson {
  /** User id; one entry a person however many windows. */
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

/** Server → client. */
export interface ServerToClientEvents {
  event: (event: LiveEvent) => void;
  revoked: (body: { stream: string }) => void;
  presence: (body: { customerId: string; people: PresentPerson[] }) => void;
  online: (body: { people: { id: string; name: string }[] }) => void;
  'upload-progress': (body: UploadProgress) => void;
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
