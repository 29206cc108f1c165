import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';
import type { EventKind } from '@qijian/domain/rules/event-kinds.ts';
import { CUSTOMER_NAME, CUSTOMER_PHONE_NAME } from '@qijian/domain/rules/portal.ts';
import { m } from '#lib/paraglide/messages.js';

const STATES: Record<CustomerState, () => string> = {
  pending: () => m.state_pending(),
  complete: () => m.state_complete(),
  reviewing: () => m.state_reviewing(),
  approved: () => m.state_approved(),
  rejected: () => m.state_rejected(),
};
export const stateName = (state: CustomerState) => STATES[state]();

const SHORT_STATES: Record<CustomerState, () => string> = {
  pending: () => m.state_short_pending(),
  complete: () => m.state_short_complete(),
  reviewing: () => m.state_reviewing(),
  approved: () => m.state_approved(),
  rejected: () => m.state_rejected(),
};
export const shortStateName = (state: CustomerState) => SHORT_STATES[state]();

const FIELDS: Record<string, () => string> = {
  name: () => m.field_name(),
  phone: () => m.field_phone(),
  idNumber: () => m.field_id_number(),
  product: () => m.field_product(),
  amount: () => m.field_amount(),
  termMonths: () => m.field_term(),
  branch: () => m.field_branch(),
  ownerId: () => m.field_owner(),
  dueAt: () => m.field_due(),
  note: () => m.field_note(),
};
export const fieldName = (field: string) => FIELDS[field]?.() ?? field;

const EVENT_KIND_NAMES: Record<EventKind, () => string> = {
  document: () => m.feed_kind_document(),
  review: () => m.feed_kind_review(),
  field: () => m.feed_kind_field(),
  comment: () => m.feed_kind_comment(),
  link: () => m.feed_kind_link(),
  state: () => m.feed_kind_state(),
};
export const eventKindName = (kind: EventKind) => EVENT_KIND_NAMES[kind]();

const ROLES: Record<string, () => string> = {
  admin: () => m.role_admin(),
  staff: () => m.role_staff(),
  auditor: () => m.role_auditor(),
};
export const roleName = (role: string) => ROLES[role]?.() ?? role;

const REASONS: Record<string, () => string> = {
  blurred: () => m.reason_blurred(),
  glare: () => m.reason_glare(),
  cut_off: () => m.reason_cut_off(),
  covered: () => m.reason_covered(),
  dark: () => m.reason_dark(),
  wrong_type: () => m.reason_wrong_type(),
  wrong_side: () => m.reason_wrong_side(),
  expired: () => m.reason_expired(),
  incomplete: () => m.reason_incomplete(),
  mismatch: () => m.reason_mismatch(),
  suspected_edit: () => m.reason_suspected_edit(),
  other: () => m.reason_other(),
};
export const reasonName = (code: string | undefined) => (code ? (REASONS[code]?.() ?? code) : '');
/** All reasons of a returned document. */
export const reasonNames = ({ reasonCodes = [] }: { reasonCodes?: readonly string[] }) =>
  reasonCodes.map(reasonName).join(m.list_comma());

/** A name as people read it: what a customer does is kept under a word of one language. */
export function shownName(name: string): string {
  if (name === CUSTOMER_NAME) return m.actor_customer_short();
  return name === CUSTOMER_PHONE_NAME ? m.actor_customer() : name;
}
