import {
  type FieldError,
  PROBLEMS,
  type ProblemBody,
  type ProblemCode,
} from '@qijian/domain/contract/problems.ts';

/** An error that the client is told about; the only class of its kind. */
export class Problem extends Error {
  readonly type: ProblemCode;
  readonly statusCode: number;
  readonly extra: Partial<Pick<ProblemBody, 'errors' | 'current' | 'missing' | 'retryAfter' | 'triesLeft'>>;

  constructor(
    type: ProblemCode,
    options: Partial<
      Pick<ProblemBody, 'detail' | 'errors' | 'current' | 'missing' | 'retryAfter' | 'triesLeft'>
    > = {},
  ) {
    const { detail, ...extra } = options;
    super(detail ?? PROBLEMS[type][1]);
    this.type = type;
    this.statusCode = PROBLEMS[type][0];
    this.extra = extra;
  }

  body(instance: string): ProblemBody {
    return {
      type: this.type,
      title: PROBLEMS[this.type][1],
      status: this.statusCode,
      detail: this.message,
      instance,
      ...this.extra,
    };
  }
}

/** A 422 that names the fields. */
export const fieldProblems = (errors: FieldError[]) => new Problem('validation-failed', { errors });

/** A 422 for one field; its fault is the whole sentence. */
export const fieldProblem = (path: string, message: string) =>
  new Problem('validation-failed', { detail: message, errors: [{ path, message }] });
