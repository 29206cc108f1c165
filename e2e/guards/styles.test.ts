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
