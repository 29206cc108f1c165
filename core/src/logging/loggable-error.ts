const FRAME = /^\s+at /;
const DEEPEST = 5;

/** An error as a log may hold it. */
export interface LoggableError {
  type: string;
  code?: string;
  message?: string;
  /** The statement with its placeholders, never with their values. */
  query?: string;
  stack: string[];
  cause?: LoggableError;
}

/**
 * What a log may say of an error: kind, code and place. Messages of the database are left out, because they quote
 * names and numbers of customers; so are the values of a statement.
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  const fault = (error ?? {}) as Error & { code?: unknown; query?: unknown; severity?: unknown };
  const query = typeof fault.query === 'string' ? fault.query : undefined;
  const fromDatabase = query !== undefined || fault.severity !== undefined;
  return {
    type: fault.name ?? typeof error,
    ...(typeof fault.code === 'string' ? { code: fault.code } : {}),
    ...(fromDatabase ? {} : { message: String(fault.message ?? '') }),
    ...(query === undefined ? {} : { query }),
    stack: (fault.stack ?? '').split('\n').filter((line) => FRAME.test(line)),
    ...(fault.cause && depth < DEEPEST ? { cause: loggableError(fault.cause, depth + 1) } : {}),
  };
}
