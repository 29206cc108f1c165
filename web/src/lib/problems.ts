import type { ProblemCode } from '@qijian/domain/contract/problems.ts';
import { m } from '#lib/paraglide/messages.js';
import { ProblemError } from './api.ts';
import { mostWords } from './format.ts';

/** Every problem in words: what happened and what to do next. */
const WORDS: Record<ProblemCode | 'file-gone', () => string> = {
  // Found by the browser itself: the server never hears of such a file.
  'file-gone': () => m.problem_file_gone(),
  'validation-failed': () => m.problem_validation_failed(),
  'malformed-request': () => m.problem_malformed_request(),
  'not-signed-in': () => m.problem_not_signed_in(),
  'wrong-credentials': () => m.problem_wrong_credentials(),
  'wrong-password': () => m.problem_wrong_password(),
  'challenge-ended': () => m.problem_challenge_ended(),
  'confirm-identity': () => m.problem_confirm_identity(),
  'account-disabled': () => m.problem_account_disabled(),
  'foreign-origin': () => m.problem_foreign_origin(),
  'not-allowed': () => m.problem_not_allowed(),
  'not-found': () => m.problem_not_found(),
  'method-not-allowed': () => m.problem_malformed_request(),
  'invite-invalid': () => m.problem_invite_invalid(),
  'reset-invalid': () => m.problem_reset_invalid(),
  'in-use': () => m.problem_in_use(),
  'link-not-found': () => m.problem_link_not_found(),
  'link-expired': () => m.problem_link_expired(),
  'link-revoked': () => m.problem_link_revoked(),
  'link-replaced': () => m.problem_link_replaced(),
  'link-locked': () => m.problem_link_locked(),
  'wrong-code': () => m.problem_wrong_code(),
  'handoff-invalid': () => m.problem_handoff_invalid(),
  'portal-closed': () => m.problem_portal_closed(),
  'undo-too-late': () => m.problem_undo_too_late(),
  'link-files-exceeded': () => m.problem_link_files_exceeded(),
  'link-bytes-exceeded': () => m.problem_link_bytes_exceeded(),
  'too-many-requests': () => m.problem_too_many_requests(),
  'unsupported-tus-version': () => m.problem_malformed_request(),
  'version-conflict': () => m.problem_version_conflict(),
  'state-conflict': () => m.problem_state_conflict(),
  'already-exists': () => m.problem_already_exists(),
  'not-complete': () => m.problem_not_complete(),
  'being-checked': () => m.problem_being_checked(),
  'document-failed': () => m.problem_document_failed(),
  'already-claimed': () => m.problem_already_claimed(),
  'claim-lost': () => m.problem_claim_lost(),
  'fields-frozen': () => m.problem_fields_frozen(),
  'not-all-accepted': () => m.problem_not_all_accepted(),
  'own-upload': () => m.problem_own_upload(),
  'second-auditor-needed': () => m.problem_second_auditor_needed(),
  'queue-empty': () => m.problem_queue_empty(),
  'page-not-ready': () => m.problem_page_not_ready(),
  'page-unreadable': () => m.problem_page_unreadable(),
  'last-admin': () => m.problem_last_admin(),
  'stream-gone': () => m.problem_stream_gone(),
  'file-too-large': () => m.problem_file_too_large({ most: mostWords() }),
  'too-many-pixels': () => m.problem_too_many_pixels(),
  'too-many-files': () => m.problem_too_many_files(),
  'body-too-large': () => m.problem_body_too_large(),
  'unsupported-file': () => m.problem_unsupported_file(),
  'picture-sequence': () => m.problem_picture_sequence(),
  'unsupported-media-type': () => m.problem_malformed_request(),
  'file-empty': () => m.problem_file_empty(),
  'idempotency-key-reused': () => m.problem_malformed_request(),
  'checksum-mismatch': () => m.problem_checksum_mismatch(),
  'number-in-address': () => m.problem_number_in_address(),
  'too-many-searches': () => m.problem_too_many_searches({ minutes: 15 }),
  'rate-limited': () => m.problem_rate_limited(),
  'storage-full': () => m.problem_storage_full(),
  unavailable: () => m.problem_unavailable(),
  internal: () => m.problem_internal(),
};

/** A problem code in the reader's language; unknown ones say that it was our fault. */
export function problemWords(code: string): string {
  return (WORDS[code as ProblemCode] ?? WORDS.internal)();
}

/** Any error in the reader's language. */
export function errorWords(error: unknown): string {
  if (!(error instanceof ProblemError)) return problemWords('internal');
  if (error.problem.type === 'rate-limited' && error.problem.retryAfter) {
    return m.problem_rate_limited_for({ minutes: Math.max(1, Math.ceil(error.problem.retryAfter / 60)) });
  }
  if (error.problem.type === 'too-many-searches' && error.problem.retryAfter) {
    return m.problem_too_many_searches({ minutes: Math.max(1, Math.ceil(error.problem.retryAfter / 60)) });
  }
  return problemWords(error.problem.type);
}

/** The fault of a form's field in the reader's language; the server's sentences are for programs. */
export function fieldWords(error: unknown, path: string): string | undefined {
  if (!(error instanceof ProblemError) || error.field(path) === undefined) return undefined;
  if (error.type === 'fields-frozen') return m.field_frozen();
  switch (path) {
    case 'phone':
      return m.field_phone_invalid();
    case 'idNumber':
      return m.field_id_number_invalid();
    case 'username':
      return error.type === 'already-exists' ? m.field_username_taken() : m.field_username_invalid();
    case 'password':
    case 'newPassword':
      return m.field_password_refused();
    case 'currentPassword':
      return m.problem_wrong_password();
    case 'name':
      return error.type === 'already-exists' ? m.field_taken() : m.field_required();
    case 'displayName':
      return m.field_required();
    case 'confirmName':
      return m.field_confirm_name();
    case 'code':
    case 'product':
      return error.type === 'already-exists' ? m.field_taken() : m.field_invalid();
    default:
      return m.field_invalid();
  }
}
