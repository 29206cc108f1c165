/** What the server takes, as its answers for a session and for a link say; whatever is beyond is refused there too. */
export const limits = { maxFileBytes: Number.POSITIVE_INFINITY };
