import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { findChromium } from './chromium.ts';
import { say } from './progress.ts';
import { ROOT } from './settings.ts';

type Failure = { name: string; messages: string[] };
/** `failures` says which failed and why, as far as the stage can tell; `again` which passed only at a second try. */
type Count = { passed: number; failed: number; failures?: Failure[]; again?: string[] };
type Stage = { name: string; run: () => Promise<Count> };

const reports = mkdtempSync(join(tmpdir(), 'qijian-reports-'));
const children = new Set<ReturnType<typeof spawn>>();

const stages: Stage[] = [
  { name: 'style', run: () => one(['run', '-s', 'check:style']) },
  { name: 'types', run: () => one(['run', '-s', 'check:types']) },
  { name: 'web types', run: () => one(['run', '-s', 'check:web']) },
  { name: 'unit', run: () => vitest('unit*') },
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
  testResults: Suite[];
};
type Suite = {
  name: string;
  status: string;
  /** Why the file itself could not be run. */
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
};

async function vitest(project: string): Promise<Count> {
  const file = join(reports, `${project.replace('*', '')}.json`);
  const code = await npm([
    ...['exec', '--', 'vitest', 'run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  ]);
  const report = read<VitestReport>(file);
  if (!report) return { passed: 0, failed: 1 };
  const failures = report.testResults
    .filter((suite) => suite.status === 'failed')
    .flatMap(({ name, message, assertionResults }): Failure[] => {
      const file = relative(ROOT, name);
      const failed = assertionResults
        .filter(({ status }) => status === 'failed')
        .map((test) => ({ name: `${file} › ${test.fullName}`, messages: test.failureMessages }));
      // A file that could not even be loaded names no test.
      return failed.length > 0 ? failed : [{ name: file, messages: [message] }];
    });
  return counted(code, report.numPassedTests, failures);
}

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number };
  errors: { message?: string }[];
  suites: JourneySuite[];
};
type JourneySuite = { file: string; specs: Journey[]; suites?: JourneySuite[] };
type Journey = {
  title: string;
  ok: boolean;
  tests: { status: string; results: { errors: { message?: string }[] }[] }[];
};

async function journeys(): Promise<Count> {
  const file = join(reports, 'journeys.json');
  const code = await npm(['run', '-s', 'test:journeys'], {
    CHROMIUM_PATH: findChromium(),
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  });
  const report = read<PlaywrightReport>(file);
  if (!report) return { passed: 0, failed: 1 };
  const all = report.suites.flatMap(journeysOf);
  const failures = all
    .filter(({ ok }) => !ok)
    .map(({ name, tests }) => ({
      name,
      messages: tests.flatMap(({ results }) =>
        results.flatMap(({ errors }) => errors.map(({ message = '' }) => message)),
      ),
    }));
  const outside = report.errors.map(({ message = '' }) => ({
    name: 'outside of any journey',
    messages: [message],
  }));
  const again = all
    .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
    .map(({ name }) => name);
  const passed = report.stats.expected + report.stats.flaky;
  return { ...counted(code, passed, [...failures, ...outside]), again };
}

function journeysOf({ file, specs, suites = [] }: JourneySuite): (Journey & { name: string })[] {
  const own = specs.map((journey) => ({ ...journey, name: `${file} › ${journey.title}` }));
  return [...own, ...suites.flatMap(journeysOf)];
}

/** A stage that ends badly without naming a failed test has failed all the same. */
function counted(code: number, passed: number, failures: Failure[]): Count {
  return { passed, failed: code !== 0 && failures.length === 0 ? 1 : failures.length, failures };
}

/** What a failure says first, short enough for a list of many; of a journey the fourth line is what was there instead. */
function firstLines(messages: string[]): string[] {
  return stripVTControlCharacters(messages.join('\n'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at .*(node_modules|<anonymous>)/.test(line))
    .slice(0, 4)
    .map((line) => line.slice(0, 300));
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
for (const result of results) {
  say(`${result.failed === 0 ? '✓' : '✗'} ${result.name}: ${result.passed} passed, ${result.failed} failed`);
  for (const { name, messages } of result.failures ?? []) {
    say(`    ✗ ${name}`);
    for (const line of firstLines(messages)) say(`        ${line}`);
  }
  for (const name of result.again ?? []) say(`    ↻ passed at the second try only: ${name}`);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
