/** Every error a client can meet: stable code → HTTP status and an English title; the web turns codes into words. */
export const PROBLEMS = {
  'validation-failed': [422, 'Some fields are not valid'],
  'malformed-request': [400, 'The request could not be read'],
  'number-in-address': [422, 'A number does not belong in an address: POST /api/customers/search'],
  'not-signed-in': [401, 'Sign in first'],
  'wrong-credentials': [401, 'User name or password is wrong'],
  'wrong-password': [422, 'The current password is wrong'],
  'challenge-ended': [401, 'This sign-in has ended; begin again'],
  'confirm-identity': [403, 'Show by password or code that it is still you: POST /api/auth/confirm'],
  'account-disabled': [401, 'This account is disabled'],
  'foreign-origin': [403, 'The request came from another site'],
  'not-allowed': [403, 'Your role does not allow this'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'This address does not take this method'],
  'invite-invalid': [404, 'The invitation is unknown, used or expired'],
  'reset-invalid': [404, 'The link for a new password is unknown, used or expired'],
  'link-not-found': [404, 'This link is not known'],
  'link-expired': [410, 'This link has expired'],
  'link-revoked': [410, 'This link was withdrawn'],
  'link-replaced': [410, 'Another link was issued instead of this one'],
  'link-locked': [423, 'This link is locked after too many wrong codes'],
  'wrong-code': [422, 'The code is wrong'],
  'handoff-invalid': [404, 'This code is unknown, used or expired'],
  'version-conflict': [409, 'Someone else changed this first'],
  'state-conflict': [409, 'The current state does not allow this'],
  'already-exists': [409, 'This already exists'],
  'fields-frozen': [409, 'The file is being reviewed or decided on; these fields stay as they are'],
  'in-use': [409, 'It is still in use'],
  'not-complete': [409, 'Documents are still missing'],
  'being-checked': [409, 'A document is still being checked; wait a moment'],
  'document-failed': [409, 'A document that cannot be opened can only be returned'],
  'already-claimed': [409, 'Somebody else is reviewing this'],
  'claim-lost': [409, 'Your claim has run out or somebody else has taken over'],
  'not-all-accepted': [409, 'Not every required document has been accepted'],
  'own-upload': [403, 'Nobody decides on what they uploaded themselves'],
  'second-auditor-needed': [403, 'A second auditor has to approve'],
  'queue-empty': [404, 'Nothing is waiting that nobody has'],
  'page-not-ready': [503, 'The page is still being prepared'],
  'page-unreadable': [422, 'The page cannot be shown'],
  'last-admin': [409, 'The last active administrator cannot be removed'],
  'portal-closed': [409, 'The file takes no documents at present'],
  'undo-too-late': [409, 'This upload can no longer be taken back'],
  'stream-gone': [410, 'The log no longer reaches back; take a new snapshot'],
  'unsupported-tus-version': [412, 'Send Tus-Resumable: 1.0.0'],
  'file-too-large': [413, 'The file is too large'],
  /** Said by the page before it sends: the server learns the pixels of a picture only when it decodes it. */
  'too-many-pixels': [413, 'The picture has more than 50 megapixels'],
  'too-many-files': [413, 'Too many files in one request'],
  'body-too-large': [413, 'The request is too large'],
  'link-files-exceeded': [413, 'This link takes no more files'],
  'link-bytes-exceeded': [413, 'This link takes no more bytes'],
  'unsupported-file': [415, 'Only JPEG, PNG, WebP, HEIC and PDF files are accepted'],
  'picture-sequence': [415, 'Bursts and animations (HEIC) are not accepted; send one picture'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'file-empty': [422, 'The file is empty'],
  'idempotency-key-reused': [422, 'The idempotency key was used for another request'],
  'checksum-mismatch': [460, 'The bytes do not match their checksum'],
  'rate-limited': [429, 'Too many attempts; wait a while'],
  'too-many-requests': [429, 'Too many requests; wait a while'],
  'too-many-searches': [429, 'Too many searches for whole numbers; wait a while'],
  'storage-full': [507, 'The storage is full'],
  unavailable: [503, 'A part of the service is not available'],
  internal: [500, 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One field's fault; `path` is the property path in the body or query, e.g. `items.0.minPages`. */
export interface FieldError {
  path: string;
  message: string;
}

/** RFC 9457 body; `type` is the stable code, `instance` the request id; extra members belong to single codes. */
export interface ProblemBody {
  type: ProblemCode;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: FieldError[];
  /** `version-conflict`, `state-conflict`: the state as it is now. */
  current?: unknown;
  /** `not-complete`, `being-checked`, `not-all-accepted`: codes of the types in question. */
  missing?: string[];
  /** `wrong-code`: how many wrong codes the link still bears. */
  triesLeft?: number;
  /** `rate-limited`, `too-many-requests`, `too-many-searches`, `page-not-ready`, and `wrong-code` where the device has to wait: seconds to wait, as in Retry-After. */
  retryAfter?: number;
}
