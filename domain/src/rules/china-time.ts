const DAY = 86_400_000;

/** China has one time zone without summer time; milliseconds ahead of UTC. */
export const CHINA = 8 * 3_600_000;

/** Midnight in China, where the branches are, after `at`; both in milliseconds since the epoch. */
export function endOfDay(at: number): number {
  return (Math.floor((at + CHINA) / DAY) + 1) * DAY - CHINA;
}

/** Which day it is in China, as `2026-06-01`; the time is in milliseconds since the epoch. */
export function dayOf(at: number): string {
  return new Date(at + CHINA).toISOString().slice(0, 10);
}
