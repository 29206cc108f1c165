/** Wrong codes a link bears in its whole life. */
export const LINK_TRIES = 5;
/** Seconds a device waits between wrong codes: three slips cost nothing, each further one five seconds more. */
export const TRY_WAIT = { free: 3, seconds: 5 } as const;

export const LINK_STATES = ['active', 'locked', 'expired', 'revoked'] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** Why a link opens nothing any more, not even what was opened by it before. */
export const LINK_ENDS = ['link-expired', 'link-revoked', 'link-replaced'] as const;
export type LinkEnd = (typeof LINK_ENDS)[number];

interface LinkFacts {
  revokedAt: Date | null;
  failedTries: number;
  expiresAt: Date;
}

/** Whether a link opens anything; what people did to it counts before what time did. */
export function linkState(link: LinkFacts, now: number): LinkState {
  if (link.revokedAt) return 'revoked';
  if (link.failedTries >= LINK_TRIES) return 'locked';
  return link.expiresAt.getTime() <= now ? 'expired' : 'active';
}

/** What is the matter with a link that opens nothing; null where it opens. A replaced link has a newer one to open. */
export function linkProblem(
  link: LinkFacts & { replacedBy: string | null },
  now: number,
): LinkEnd | 'link-locked' | null {
  const state = linkState(link, now);
  if (state === 'active') return null;
  return state === 'revoked' && link.replacedBy !== null ? 'link-replaced' : `link-${state}`;
}

/**
 * As `linkProblem`, for what the right code has opened already. A lock keeps out whoever has not given the code yet;
 * somebody who has is not put out by wrong digits of others.
 */
export function linkEnd(link: LinkFacts & { replacedBy: string | null }, now: number): LinkEnd | null {
  const problem = linkProblem(link, now);
  return problem === 'link-locked' ? null : problem;
}
