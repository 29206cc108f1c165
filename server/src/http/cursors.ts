import { fieldProblem, type Problem } from './problem.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-5])(:[0-5]\d){0,2}$/;

/** Whether a value is an id as Postgres writes it. */
export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** Whether a value is a moment as Postgres writes it, of a day that exists. */
export function isMoment(value: unknown): value is string {
  const [, year, month, day] = (typeof value === 'string' && MOMENT.exec(value)) || [];
  if (!year) return false;
  const date = new Date(`${year}-${month}-${day}T00:00Z`);
  return Number(year) > 0 && date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

/** Where a page of a list ended, as clients carry it to the next. */
export const encodeCursor = (mark: unknown[]): string =>
  Buffer.from(JSON.stringify(mark)).toString('base64url');

/** What `encodeCursor` was given; nothing for what is no cursor. */
export function decodeCursor(cursor: string): unknown[] {
  try {
    const mark: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(mark) ? mark : [];
  } catch {
    return [];
  }
}

export const foreignCursor = (): Problem => fieldProblem('cursor', 'is not a cursor of this list');
