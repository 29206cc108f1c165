import { fileSize } from './format.ts';

/** What the server takes, as its answers for a session and for a link say; whatever is beyond is refused there too. */
export const limits = { maxFileBytes: Number.POSITIVE_INFINITY };

/** `20 MB`. */
export const roundSize = (bytes: number) => fileSize(bytes).replace('.0 ', ' ');

/** The largest file that is taken, in words. */
export const mostWords = () => roundSize(limits.maxFileBytes);
