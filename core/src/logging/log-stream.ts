import { pino } from 'pino';

/**
 * Where processes write their log: standard output, line by line. Buffered lines must not wait for the end of the
 * process: when the reader has gone before, pino's flush at exit never ends, and neither does the process.
 */
export const logStream = () => pino.destination({ sync: true });
