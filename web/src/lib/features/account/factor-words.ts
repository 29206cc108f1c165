import { ProblemError } from '#lib/api.ts';
import { m } from '#lib/paraglide/messages.js';
import { errorWords } from '#lib/problems.ts';

/** What went wrong with a second step; the code is the authenticator's here, not a customer's. */
export const factorWords = (error: unknown): string =>
  error instanceof ProblemError && error.type === 'wrong-code' ? m.factor_wrong_code() : errorWords(error);
