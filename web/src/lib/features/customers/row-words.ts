import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { PresentPerson, UploadProgress } from '@qijian/domain/contract/live-events.ts';
import type { PieceState } from '@qijian/domain/rules/completeness.ts';
import { m } from '#lib/paraglide/messages.js';

/** The line under the pieces: what just came (`uploaded`), what is returned, what is missing, or what comes next. */
export function pieceNote(
  customer: Customer,
  typeName: (code: string) => string,
  uploaded: string | null = null,
): string {
  const isReceived = customer.pieces.some(({ type, state }) => type === uploaded && state === 'received');
  if (uploaded && isReceived && customer.missing.length === 0 && customer.status !== 'reviewing') {
    return m.note_just_received({ type: typeName(uploaded) });
  }
  if (customer.status === 'approved') return m.note_all_accepted({ count: customer.completeness.required });
  if (customer.status === 'rejected') return m.note_rejected();
  if (customer.status === 'reviewing') {
    if (customer.review?.firstApproval) return m.note_first_approved();
    const accepted = customer.pieces.filter((piece) => piece.state === 'accepted').length;
    return accepted > 0 ? m.note_reviewed({ count: accepted }) : m.note_waiting_review();
  }
  const names = (state: PieceState) =>
    customer.pieces
      .filter((piece) => piece.state === state)
      .map((piece) => typeName(piece.type))
      .join(m.list_comma());
  const [returned, missing] = [names('returned'), names('missing')];
  const parts = [
    ...(returned ? [m.note_returned({ list: returned })] : []),
    ...(missing ? [m.note_missing({ list: missing })] : []),
  ];
  return parts.length > 0 ? parts.join(' · ') : m.note_ready();
}

/** What somebody is doing on a customer, in words. */
export function doingWords(
  person: PresentPerson,
  typeName: (code: string) => string,
  fieldName: (field: string) => string,
): string {
  const { kind, target } = person.doing;
  if (kind === 'uploading')
    return target ? m.doing_uploading_type({ type: typeName(target) }) : m.doing_uploading();
  if (kind === 'editing')
    return target ? m.doing_editing_field({ field: fieldName(target) }) : m.doing_editing();
  if (kind === 'shooting')
    return target ? m.doing_shooting_type({ type: typeName(target) }) : m.doing_shooting();
  if (kind === 'reviewing') return m.doing_reviewing();
  return m.doing_viewing();
}

/** The furthest upload going on at a customer, for one line. */
export function uploadOf(uploads: Iterable<UploadProgress>, customerId: string): UploadProgress | undefined {
  let found: UploadProgress | undefined;
  for (const upload of uploads) {
    if (upload.customerId === customerId && (upload.percent ?? 0) >= (found?.percent ?? 0)) found = upload;
  }
  return found;
}
