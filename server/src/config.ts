import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const Whole = (options: { default: number; minimum?: number; maximum?: number; description: string }) =>
  Type.Integer(options);

/** Every variable a server process understands, with its default. */
export const ServerEnvironment = Type.Object({
  PORT: Whole({ default: 3000, minimum: 0, maximum: 65535, description: 'Port the server listens on.' }),
  HOST: Type.String({ default: '127.0.0.1', description: 'Address the server listens on.' }),
  DATA_DIR: Type.String({
    default: '.data',
    description: 'Folder of uploaded files and the embedded services.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'Address people open, without a path; links and origins follow it alone.',
    }),
  ),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://', description: 'Postgres connection.' }),
  REDIS_URL: Type.String({ pattern: '^rediss?://', description: 'Redis connection.' }),
  LOG_LEVEL: Type.String({
    default: 'info',
    pattern: '^(trace|debug|info|warn|error|fatal|silent)$',
    description: 'Least severe log line that is written.',
  }),
  TRUST_PROXY: Type.String({
    default: '',
    description: 'Addresses of the reverse proxy, comma-separated; empty trusts none.',
  }),
  WEB_HANDLER: Type.String({
    default: fileURLToPath(new URL('../../web/build/handler.js', import.meta.url)),
    description: 'The built web app.',
  }),
  MAX_FILE_MB: Whole({ default: 20, minimum: 1, maximum: 1000, description: 'Largest file in MB.' }),
  MAX_FILES_PER_REQUEST: Whole({
    default: 50,
    minimum: 1,
    maximum: 500,
    description: 'Most files in one request.',
  }),
  SESSION_IDLE_HOURS: Whole({
    default: 12,
    minimum: 1,
    maximum: 720,
    description: 'Hours without use after which a session ends.',
  }),
  SESSION_ABSOLUTE_DAYS: Whole({
    default: 30,
    minimum: 1,
    maximum: 365,
    description: 'Days after which a session ends in any case.',
  }),
  LOGIN_MAX_FAILURES: Whole({
    default: 10,
    minimum: 1,
    maximum: 10_000,
    description:
      'Failed logins of an account from one address before each further one waits; ten times that in all.',
  }),
  NUMBER_SEARCHES: Whole({
    default: 60,
    minimum: 1,
    maximum: 100_000,
    description: 'Searches for whole phone and ID numbers per person in 15 minutes.',
  }),
  LINK_EXPIRES_HOURS: Whole({
    default: 72,
    minimum: 1,
    maximum: 720,
    description: 'Hours an upload link lives unless its maker says otherwise.',
  }),
  LINK_MAX_FILES: Whole({
    default: 60,
    minimum: 1,
    maximum: 10_000,
    description: 'Most files per upload link.',
  }),
  LINK_MAX_MB: Whole({
    default: 300,
    minimum: 1,
    maximum: 100_000,
    description: 'Most MB of files per upload link.',
  }),
  LINK_MAX_REQUESTS_PER_MINUTE: Whole({
    default: 120,
    minimum: 10,
    maximum: 100_000,
    description: 'Most requests in a minute per upload link.',
  }),
  SESSION_MAX_SOCKETS_PER_MINUTE: Whole({
    default: 1_200,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Most live connections that one session may open in a minute.',
  }),
  REVIEW_SLA_HOURS: Whole({
    default: 4,
    minimum: 1,
    maximum: 1000,
    description: 'Hours within which a submitted file should be decided on.',
  }),
  REVIEW_LEASE_SECONDS: Whole({
    default: 90,
    minimum: 1,
    maximum: 3600,
    description: 'Seconds after the last sign of life of an auditor until a claimed file is free again.',
  }),
  REVIEW_FOUR_EYES: Type.Boolean({
    default: false,
    description: 'Whether approval needs two different auditors.',
  }),
  PORTAL_ORGANISATION: Type.String({
    default: '',
    maxLength: 40,
    description: 'Name of the organisation on the customer page; empty shows none.',
  }),
  PORTAL_CONTACT: Type.String({
    default: '',
    maxLength: 80,
    description: 'Whom customers may contact, as the customer page shows it; empty shows nobody.',
  }),
});

type Environment = Static<typeof ServerEnvironment>;
export interface Config
  extends Omit<Environment, 'TRUST_PROXY' | 'PUBLIC_URL'>,
    Required<Pick<Environment, 'PUBLIC_URL'>> {
  trustProxy: string[];
  maxFileBytes: number;
}

/** What a variable's text stands for; what does not fit its type is left for the check to name. */
function meaningOf(type: string | undefined, text: string): unknown {
  if (type === 'integer' && /^\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** Reads and checks the environment; throws one error that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(ServerEnvironment.properties)) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    given[name] = meaningOf((schema as { type?: string }).type, text);
  }
  const completed = Value.Default(ServerEnvironment, given) as Environment;
  // Check each on its own: the validator stops after a few errors of one object.
  const faults = Object.entries(ServerEnvironment.properties).flatMap(([name, schema]) => {
    const value = completed[name as keyof Environment];
    if (value === undefined)
      return (ServerEnvironment.required as string[]).includes(name) ? [`${name}: is required`] : [];
    return [...Value.Errors(schema, value)].slice(0, 1).map((fault) => `${name}: ${fault.message}`);
  });
  if (Object.keys(env).some((name) => name.startsWith('S3_') && env[name])) {
    faults.push('S3_*: files are kept in DATA_DIR in this version; unset these variables');
  }
  const { HOST, PORT } = completed;
  if (!completed.PUBLIC_URL && !/^(localhost|127\..*|::1)$/.test(HOST)) {
    faults.push('PUBLIC_URL: is required where others can reach HOST: links and origins follow it alone');
  }
  if (faults.length > 0) throw new Error(`The configuration is not valid:\n  ${faults.join('\n  ')}`);
  const { TRUST_PROXY, ...rest } = completed;
  return {
    ...rest,
    PUBLIC_URL: rest.PUBLIC_URL ?? `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`,
    trustProxy: TRUST_PROXY.split(',')
      .map((part) => part.trim())
      .filter(Boolean),
    maxFileBytes: rest.MAX_FILE_MB * 1024 * 1024,
  };
}
