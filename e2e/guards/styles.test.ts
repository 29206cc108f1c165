import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../web/src/', import.meta.url));
const read = (pattern: string) =>
  globSync(pattern, { cwd: SRC }).map((file) => ({ file, text: readFileSync(SRC + file, 'utf8') }));
const imported = (sheet: string) =>
  [...readFileSync(SRC + sheet, 'utf8').matchAll(/@import "\.\/styles\/(.+?)"/g)].map(([, name]) => name);

/** A class by its name, as a selector has it. */
const selector = (name: string) => new RegExp(`\\.${name}(?![\\w-])`);
function classesIn(markup: string): Set<string> {
  const plain = [...markup.matchAll(/class="([^"{]*)"/g)].map(([, names]) => names ?? '');
  const listed = [...markup.matchAll(/class=\{\[([\s\S]*?)\]\}/g)].flatMap(([, list]) =>
    [...(list ?? '').matchAll(/'([^']*)'/g)].map(([, names]) => names ?? ''),
  );
  return new Set([...plain, ...listed].flatMap((names) => names.split(/\s+/)).filter(Boolean));
}

test('what the customer’s page shows is styled by the sheets it carries, not by those of the desk', () => {
  const desk = new Set(imported('desk.css'));
  const sheets = read('styles/*.css').map(({ file, text }) => ({ name: basename(file), text }));
  const deskOnly = sheets.filter(({ name }) => desk.has(name) || name.startsWith('review-'));
  const carried = sheets.filter((sheet) => !deskOnly.includes(sheet)).map(({ text }) => text);
  expect(deskOnly.length).toBeGreaterThan(5);
  const lost: string[] = [];
  for (const pattern of [
    'lib/features/{portal,capture}/*.svelte',
    'routes/p/**/*.svelte',
    'lib/ui/{Mark,PiecesRing,Pieces,Glyph}.svelte',
  ])
    for (const { file, text } of read(pattern)) {
      const [markup = '', own = ''] = text.split('<style');
      for (const name of classesIn(markup)) {
        const at = selector(name);
        if (
          !carried.some((sheet) => at.test(sheet)) &&
          !at.test(own) &&
          deskOnly.some((sheet) => at.test(sheet.text))
        )
          lost.push(`${file}: ${name}`);
      }
    }
  expect(lost).toEqual([]);
});

test('every sheet lies in a layer below the utilities, so that a utility on an element says the last word', () => {
  const loose = ['app.css', 'desk.css'].flatMap((sheet) =>
    [...readFileSync(SRC + sheet, 'utf8').matchAll(/@import "\.\/styles\/.+/g)]
      .map(([line]) => line)
      .filter((line) => !/ layer\((base|components)\);$/.test(line) && !line.includes('tokens.css')),
  );
  expect(loose).toEqual([]);
});

test('Skeleton is used by the design system alone, and by nothing the customer’s page shows', () => {
  const users = read('{lib,routes}/**/*.{svelte,ts}').filter(({ text }) =>
    text.includes('@skeletonlabs/skeleton-svelte'),
  );
  expect(users.length).toBeGreaterThan(1);
  expect(users.map(({ file }) => file).filter((file) => !file.startsWith('lib/ui/'))).toEqual([]);
  const parts = users.map(({ file }) => basename(file));
  const carriers = [
    ...read('lib/features/{portal,capture}/*.svelte'),
    ...read('routes/p/**/*.{svelte,ts}'),
  ].filter(({ text }) => parts.some((part) => text.includes(`ui/${part}`)));
  expect(carriers.map(({ file }) => file)).toEqual([]);
});

/** Rules of a sheet as selector and body; those inside `@media` too. */
const rulesOf = (sheet: string) =>
  [...sheet.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(
    ([, selectors, body]) => ({
      selectors: (selectors ?? '').split(',').map((one) => one.trim()),
      body: body ?? '',
    }),
  );

/** Every name that a page may wear as a class: words of its strings and class attributes, and beginnings of names it makes. */
function wornNames(): { names: Set<string>; beginnings: string[] } {
  const names = new Set<string>();
  const beginnings = new Set<string>();
  const word = /[A-Za-z_][\w-]*/g;
  for (const { text } of [...read('{lib,routes}/**/*.{svelte,ts}'), ...read('app.html')]) {
    const code = text.replace(
      /<style[\s\S]*?<\/style>|(?<=^|\s)\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|(?<=^|\s)\/\/.*$/gm,
      '',
    );
    const strings = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
      .map(([, single, double, template]) => single ?? double ?? template ?? '')
      // Paths of imports are no classes.
      .filter((string) => !string.includes('/') || /\s/.test(string));
    const attributes = [
      ...code.matchAll(/\bclass=(?:"([^"]*)"|(\{(?:[^{}]|\{[^{}]*\})*\}))|\bclass:([\w-]+)/g),
    ].map(([, plain, expression, directive]) => plain ?? expression ?? directive ?? '');
    for (const part of [...strings, ...attributes])
      for (const name of part.match(word) ?? []) names.add(name);
    for (const [, plain, template] of code.matchAll(
      /class="[^"]*?([A-Za-z][\w-]*-)\{|`([A-Za-z][\w-]*-)\$\{/g,
    ))
      beginnings.add(plain ?? template ?? '');
  }
  return { names, beginnings: [...beginnings] };
}

test('no rule of a sheet is left behind by the pages that wore it', () => {
  const { names, beginnings } = wornNames();
  expect(names.size).toBeGreaterThan(500);
  const isWorn = (name: string) => names.has(name) || beginnings.some((begin) => name.startsWith(begin));
  const dead = read('styles/*.css').flatMap(({ file, text }) =>
    rulesOf(text).flatMap(({ selectors }) =>
      selectors
        .filter((one) =>
          [...one.replace(/:not\([^)]*\)/g, '').matchAll(/\.([A-Za-z_][\w-]*)/g)].some(
            ([, name]) => !isWorn(name ?? ''),
          ),
        )
        .map((one) => `${basename(file)}: ${one}`),
    ),
  );
  expect(dead).toEqual([]);
});

test('no column or cell of a table wears a class that makes another kind of box of it', () => {
  const worn = new Map<string, string>();
  for (const { file, text } of read('{lib,routes}/**/*.svelte'))
    for (const [tag] of text.matchAll(/<(?:col|th|td)\b[^>]*?class=(?:"[^"]*"|\{\[[\s\S]*?\]\})/g))
      for (const name of classesIn(tag)) worn.set(name, file);
  expect(worn.size).toBeGreaterThan(10);
  const wrong: string[] = [];
  for (const { file, text } of read('styles/*.css'))
    for (const { selectors, body } of rulesOf(text)) {
      if (!/display:\s*(?!none|table)/.test(body)) continue;
      for (const one of selectors) {
        const name = one.match(/^\.([\w-]+)$/)?.[1];
        if (name && worn.has(name)) wrong.push(`${worn.get(name)}: ${name}, in ${basename(file)}`);
      }
    }
  expect(wrong).toEqual([]);
});

test('what the browser would say in its own language about a field is said by the form', () => {
  const silent = read('{lib,routes}/**/*.svelte').filter(
    ({ text }) =>
      text.includes('<form') &&
      /<(?:input|textarea|select)\b[^>]*?\s(?:required|minlength|pattern=|min=)/.test(text) &&
      !text.includes('ui/Field.svelte') &&
      !text.includes('novalidate'),
  );
  expect(silent.map(({ file }) => file)).toEqual([]);
});
