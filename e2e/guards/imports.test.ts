import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Import, importsOf, isTest, ROOT, sources, WORKSPACES } from './sources.ts';

const files = sources();
const imports = files.flatMap(importsOf);
const shown = ({ from, specifier }: Import) => `${from} imports ${specifier}`;
const inside =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`${folder}/`));

const OWN = inside('domain', 'db', 'core', 'server', 'workers', 'web', 'ops', 'e2e');

/** Who may import whom; what is not named here is refused. */
const MAY: Record<string, (path: string) => boolean> = {
  'domain/src/rules': inside('domain/src/rules'),
  'domain/src/contract': inside('domain/src/rules', 'domain/src/contract'),
  db: inside('domain', 'db'),
  core: inside('domain', 'db', 'core'),
  server: inside('domain', 'db', 'core', 'server'),
  workers: inside('domain', 'db', 'core', 'workers'),
  web: inside('domain', 'web'),
  // Starts the processes, and is part of none.
  ops: inside('ops'),
  // Tests from outside start real services by the same means as the launcher, but never read the tables.
  e2e: (path) => inside('domain', 'e2e', 'ops/start/embedded')(path) || path === 'db/src/migrate.ts',
  'e2e/fixtures': inside('domain', 'db', 'core', 'ops/start/embedded', 'e2e/fixtures'),
};

/** The innermost of them that a file is in. */
const roomOf = (path: string) => Object.keys(MAY).findLast((room) => inside(room)(path));

/** What tests of every part start real services with. */
const FOR_TESTS = inside('ops/start/embedded', 'e2e/fixtures');

test('the guard reads the imports of every part', () => {
  for (const part of Object.keys(MAY)) {
    expect(imports.filter(({ from }) => inside(part)(from)).length, part).toBeGreaterThan(0);
  }
});

test('every way to import is seen, and where it leads', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from '@qijian/domain/rules/b.ts';",
    "import {\n  c,\n  d,\n} from '#lib/c.ts';",
    "export * from '../e.ts';",
    "import 'side-effect';",
    "const f = await import('@qijian/domain/f.ts');",
  ].join('\n');
  expect(
    importsOf({ path: 'web/src/x/y.ts', text }).map(({ target, typeOnly }) => [target, typeOnly]),
  ).toEqual([
    ['web/src/x/a.ts', false],
    ['domain/src/rules/b.ts', true],
    ['web/src/lib/c.ts', false],
    ['web/src/e.ts', false],
    ['side-effect', false],
    ['domain/src/f.ts', false],
  ]);
});

describe('who may import whom', () => {
  test.each(Object.entries(MAY))('%s imports only what it may', (part, may) => {
    const wrong = imports.filter(
      ({ from, target }) =>
        roomOf(from) === part && OWN(target) && !may(target) && !(isTest(from) && FOR_TESTS(target)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('the browser takes values from the rules only and nothing but types from the contract', () => {
    const wrong = imports.filter(
      ({ from, target, typeOnly }) =>
        inside('web')(from) && inside('domain/src/contract')(target) && !typeOnly,
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('every package a part imports is declared by that part', () => {
    const declared = (part: string) => {
      const { dependencies, devDependencies } = JSON.parse(
        readFileSync(`${ROOT}${part}/package.json`, 'utf8'),
      );
      return new Set(Object.keys({ ...dependencies, ...devDependencies }));
    };
    const atRoot = ['vitest', 'fast-check', '@types/node'];
    const wrong = WORKSPACES.flatMap((part) => {
      const known = declared(part);
      return imports.filter(({ from, specifier }) => {
        if (!inside(part)(from) || /^([.#$]|node:|virtual:)/.test(specifier)) return false;
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        return !known.has(name) && !atRoot.includes(name) && name !== `@qijian/${part}`;
      });
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  test('the rules need no package at all', () => {
    const wrong = imports.filter(
      ({ from, target }) => inside('domain/src/rules')(from) && !isTest(from) && !OWN(target),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test.each([
    [
      'sharp',
      [
        'workers/src/images/',
        'server/src/features/documents/webp.ts',
        'server/src/features/documents/watermark.ts',
      ],
    ],
    ['drizzle-orm', ['db/', 'core/']],
    ['postgres', ['db/', 'ops/start/embedded/', 'e2e/fixtures/']],
    ['lucia', 'server/src/'],
    ['bullmq', ['core/src/jobs/', 'workers/src/']],
    ['socket.io-client', 'web/src/lib/socket.ts'],
    ['tus-js-client', 'web/src/lib/'],
  ])('%s is imported only in %s', (name, homes) => {
    const allowed = [homes].flat();
    const wrong = imports.filter(
      ({ from, specifier }) =>
        (specifier === name || specifier.startsWith(`${name}/`)) &&
        !isTest(from) &&
        !inside('e2e')(from) &&
        !allowed.some((home) => from.startsWith(home)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('routes hold no SQL, services never see request or reply, queries know no permissions', () => {
    const wrong = imports.filter(
      ({ from, target, typeOnly }) =>
        (from.endsWith('.routes.ts') && inside('db/src/schema')(target) && !typeOnly) ||
        (from.endsWith('.service.ts') && target === 'fastify') ||
        (inside('db/src/queries')(from) &&
          !isTest(from) &&
          target === 'domain/src/rules/permissions.ts' &&
          !typeOnly),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('a feature is reached through its service: only the list of features and the feature itself import routes', () => {
    const folder = (path: string) => path.slice(0, path.lastIndexOf('/'));
    const wrong = imports.filter(
      ({ from, target }) =>
        target.endsWith('.routes.ts') &&
        !isTest(from) &&
        from !== 'server/src/app.ts' &&
        folder(from) !== folder(target),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('no files import each other in a circle, not even for their types', () => {
    const known = new Set(files.map(({ path }) => path));
    const imported = Map.groupBy(
      imports.filter(({ target }) => known.has(target)),
      ({ from }) => from,
    );
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (path: string, way: string[]) => {
      if (state.get(path) === 'open') circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      if (state.has(path)) return;
      state.set(path, 'open');
      for (const { target } of imported.get(path) ?? []) visit(target, [...way, path]);
      state.set(path, 'done');
    };
    for (const path of known) visit(path, []);
    expect(circles).toEqual([]);
  });

  test('every import of our own code names the file with its extension', () => {
    const wrong = imports.filter(
      ({ target }) =>
        OWN(target) &&
        !target.endsWith('/$types') &&
        !/\.(ts|js|mjs|css|json|svelte|svg|png|webp)$|\.js\?|\.svelte\?|\.ts\?worker&url$/.test(target),
    );
    expect(wrong.map(shown)).toEqual([]);
  });
});

describe('what only one place may do', () => {
  const offenders = (pattern: RegExp, where: (path: string) => boolean) =>
    files
      .filter(({ path, text }) => where(path) && !isTest(path) && pattern.test(withoutComments(text)))
      .map(({ path }) => path);

  test('domain is pure: no clock, randomness, environment or I/O', () => {
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.|\bprocess\.|\bfetch\(|\bfrom 'node:/;
    expect(offenders(impure, inside('domain/src'))).toEqual([]);
  });

  test('only config.ts and the commands read the environment in server and workers', () => {
    // PATH is what a child needs to find programs; `??=` is said to a library, not read from the person.
    const reading = /\bprocess\.env(?:\[|\.(?!PATH\b)\w+\b(?! \?\?=))/;
    const allowed =
      /^(server|workers)\/src\/config\.ts$|^server\/src\/(admin-create|prepare|seed\/main|seed\/demo-passwords)\.ts$/;
    expect(
      offenders(reading, (path) => inside('server/src', 'workers/src')(path) && !allowed.test(path)),
    ).toEqual([]);
  });

  test('only web/src/lib/api.ts calls fetch in the browser, besides the service worker, whose work it is', () => {
    const others = (path: string) => path === 'web/src/lib/api.ts' || inside('web/src/service-worker')(path);
    expect(
      offenders(
        /(?<![.\w])fetch\(/,
        (path) => inside('web/src')(path) && !others(path) && !path.endsWith('.server.ts'),
      ),
    ).toEqual([]);
  });

  test('nothing puts raw HTML into a page', () => {
    const raw = /\{@html\b|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML|document\.write\(/;
    expect(offenders(raw, inside('web'))).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}
