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

/** Rules of a sheet as selector and body; those inside `@media` too. */
const rulesOf = (sheet: string) =>
  [...sheet.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(
    ([, selectors, body]) => ({
      selectors: (selectors ?? '').split(',').map((one) => one.trim()),
      body: body ?? '',
    }),
  );

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
