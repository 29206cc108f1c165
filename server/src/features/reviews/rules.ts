import type { Config } from '../../config.ts';
import type { ReviewRules } from './lock-for-command.ts';

/** What this installation has set for reviewing. */
export function rulesOf(config: Config): ReviewRules & { slaLimitMs: number } {
  return {
    leaseSeconds: config.REVIEW_LEASE_SECONDS,
    fourEyes: config.REVIEW_FOUR_EYES,
    slaLimitMs: config.REVIEW_SLA_HOURS * 3_600_000,
  };
}
