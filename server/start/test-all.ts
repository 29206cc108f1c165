import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium.ts';
import { say } from './progress.ts';
import { ROOT } from './settings.ts';

type Count = { passed: number; failed: number };
type Stage = { name: string; run: () => Promise<Count> };

const reports = mkdtempSync(join(tmpdir(), 'qijian-reports-'));
const children = new Set<ReturnType<typeof spawn>>();

const stages: Stage[] = [
  { name: 'style', run: () => one(['run', '-s', 'check:style']) },
  { name: 'types', run: () => one(['run', '-s', 'check:types']) },
  { name: 'web types', run: () => one(['run', '-s', 'check:web']) },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'integration', run: () => vitest('int') },
  { name: 'journeys', run: journeys },
];

/** A command that is right or wrong as a whole. */
async function one(args: string[]): Promise<Count> {
  return (await npm(args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

type VitestReport = {
  numPassedTests: number;
  numFailedTests: number;
  success: boolean;
  testResults: { status: string; assertionResults: unknown[] }[];
};

async function vitest(project: string): Promise<Count> {
  const file = join(reports, `${project}.json`);
  const code = await npm([
    ...['exec', '--', 'vitest', 'run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  ]);
  const report = read<VitestReport>(file);
  if (!report) return { passed: 0, failed: 1 };
  const unloadable = report.testResults.filter(
    (suite) => suite.status === 'failed' && !hasFailed(suite),
  ).length;
  return counted(code, report.numPassedTests, report.numFailedTests + unloadable);
}

const hasFailed = (suite: { assertionResults: unknown[] }) =>
  suite.assertionResults.some((result) => (result as { status: string }).status === 'failed');

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number };
  errors: unknown[];
};

async function journeys(): Promise<Count> {
  const file = join(reports, 'journeys.json');
  const code = await npm(['run', '-s', 'test:journeys'], {
    CHROMIUM_PATH: findChromium(),
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  });
  const report = read<PlaywrightReport>(file);
  if (!report) return { passed: 0, failed: 1 };
  const { expected, unexpected, flaky } = report.stats;
  return counted(code, expected, unexpected + flaky + report.errors.length);
}

/** A stage that ends badly without naming a failed test has failed all the same. */
function counted(code: number, passed: number, failed: number): Count {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function npm(args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('npm', args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    children.add(child);
    child.on('error', () => resolve(1));
    child.on('close', (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}

for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) {
  process.on(event, () => {
    for (const child of children) child.kill('SIGTERM');
    rmSync(reports, { recursive: true, force: true });
    process.exit(130);
  });
}

const wished = process.argv.slice(2);
const unknown = wished.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `Unknown: ${unknown.join(', ')}. There are: ${stages.map((stage) => stage.name).join(', ')}\n`,
  );
  process.exit(2);
}
const results: (Count & { name: string })[] = [];
for (const stage of stages.filter(({ name }) => wished.length === 0 || wished.includes(name))) {
  const since = performance.now();
  process.stdout.write(`\n━━ ${stage.name}\n`);
  const count = await stage.run().catch((error: Error): Count => {
    process.stderr.write(`${error.message}\n`);
    return { passed: 0, failed: 1 };
  });
  results.push({ name: stage.name, ...count });
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  say(
    `${count.failed === 0 ? '✓' : '✗'} ${stage.name}: ${count.passed} passed, ${count.failed} failed  ${seconds} s`,
  );
}
rmSync(reports, { recursive: true, force: true });
const passed = results.reduce((sum, { passed }) => sum + passed, 0);
const failed = results.reduce((sum, { failed }) => sum + failed, 0);
process.stdout.write('\n');
for (const result of results)
  say(`${result.failed === 0 ? '✓' : '✗'} ${result.name}: ${result.passed} passed, ${result.failed} failed`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
