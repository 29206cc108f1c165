import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** Every variable a worker process understands, with its default. */
export const WorkerEnvironment = Type.Object({
  DATA_DIR: Type.String({ default: '.data', description: 'Folder of uploaded files.' }),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://', description: 'Postgres connection.' }),
  REDIS_URL: Type.String({ pattern: '^rediss?://', description: 'Redis connection.' }),
  LOG_LEVEL: Type.String({
    default: 'info',
    pattern: '^(trace|debug|info|warn|error|fatal|silent)$',
    description: 'Least severe log line that is written.',
  }),
});

export interface Config extends Static<typeof WorkerEnvironment> {
  /** The folder under which all uploaded files live. */
  filesFolder: string;
}

/** Reads and checks the environment; throws one error that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.keys(WorkerEnvironment.properties)
      .filter((name) => env[name])
      .map((name) => [name, env[name]]),
  );
  const completed = Value.Default(WorkerEnvironment, given) as Static<typeof WorkerEnvironment>;
  const faults = [...Value.Errors(WorkerEnvironment, completed)].map((fault) => {
    const missing = (fault.params as { requiredProperties?: string[] }).requiredProperties?.join(', ');
    return `${fault.instancePath.slice(1) || missing}: ${fault.message}`;
  });
  if (faults.length > 0) throw new Error(`The configuration is not valid:\n  ${faults.join('\n  ')}`);
  return { ...completed, filesFolder: resolve(completed.DATA_DIR, 'files') };
}
