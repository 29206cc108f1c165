export const NOTIFICATION_KINDS = [
  'mention',
  'returned',
  'approved',
  'rejected',
  'claimed-away',
  'claim-requested',
  'link-locked',
  'upload-after-submission',
  'many-downloads',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];
