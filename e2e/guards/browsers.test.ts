import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importsOf, ROOT, sources } from './sources.ts';

/** What the customer's page runs: its routes, and what surrounds every page. */
const ENTRIES = /^web\/src\/(routes\/(p\/|\+)|hooks\.client\.ts|service-worker\/)/;

/** Built-ins that are younger than `BROWSERS`, with the versions that brought them. */
const YOUNGER: [string, RegExp][] = [
  ['Object.groupBy, Map.groupBy (Safari 17.4, Chrome 117)', /\b(Object|Map)\.groupBy\b/],
  ['toSorted, toReversed, toSpliced (Safari 16, Chrome 110)', /\.to(Sorted|Reversed|Spliced)\(/],
  ['Array.fromAsync (Safari 16.4, Chrome 121)', /\bArray\.fromAsync\b/],
  ['Promise.withResolvers, Promise.try (Safari 17.4, Chrome 119)', /\bPromise\.(withResolvers|try)\b/],
  ['AbortSignal.timeout, AbortSignal.any (Safari 16, Chrome 103)', /\bAbortSignal\.(timeout|any)\b/],
  ['URL.canParse, URL.parse (Safari 17, Chrome 120)', /\bURL\.(canParse|parse)\b/],
  ['Set methods (Safari 17, Chrome 122)', /\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(/],
  [
    'iterator helpers (Safari 18.4, Chrome 122)',
    /\.(values|keys|entries)\(\)\s*\.(map|filter|some|every|find|toArray|take|drop|reduce|flatMap)\(/,
  ],
  ['isWellFormed (Safari 16.4, Chrome 111)', /\.(isWellFormed|toWellFormed)\(/],
  ['lookbehind in a pattern (Safari 16.4): the whole file fails', /\(\?<[=!]/],
  ['flag v of a pattern (Safari 17, Chrome 112)', /\/[dgimsuy]*v[dgimsuy]*\.(test|exec)\(/],
  ['Response.json (Safari 17, Chrome 105)', /\bResponse\.json\(/],
];

function reachable() {
  const files = new Map(sources().map((source) => [source.path, source]));
  const found = new Map<string, string>();
  const open = [...files.keys()].filter((path) => ENTRIES.test(path));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = files.get(path);
    if (!source || found.has(path)) continue;
    found.set(path, source.text);
    for (const { target, typeOnly } of importsOf(source))
      if (!typeOnly) open.push(target.replace(/\?.*$/, ''));
  }
  return found;
}

test('the oldest browsers are stated in one place', () => {
  const stated = readFileSync(`${ROOT}web/browsers.ts`, 'utf8');
  expect(stated).toContain("BROWSERS = ['safari15.4', 'ios15.4', 'chrome100']");
});

test('the customer’s page calls nothing that its oldest browsers do not have', () => {
  const files = reachable();
  expect([...files.keys()]).toContain('web/src/lib/features/portal/DonePage.svelte');
  expect([...files.keys()]).toContain('domain/src/rules/portal.ts');
  const younger = [...files].flatMap(([path, text]) =>
    YOUNGER.filter(([, pattern]) => pattern.test(text)).map(([name]) => `${path}: ${name}`),
  );
  expect(younger).toEqual([]);
});
