import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sources } from './sources.ts';

type Message = string | { match?: Record<string, string> }[];
/** Language → key → message; each language has one file a feature. */
const catalogues: Record<string, Record<string, Message>> = {};
const twice: string[] = [];
for (const path of globSync('web/messages/*/*.json', { cwd: ROOT })) {
  const { $schema, ...messages } = JSON.parse(readFileSync(`${ROOT}${path}`, 'utf8'));
  const language = basename(dirname(path));
  twice.push(...Object.keys(messages).filter((key) => key in (catalogues[language] ?? {})));
  catalogues[language] = { ...catalogues[language], ...(messages as Record<string, Message>) };
}
const languages = Object.entries(catalogues);
const variants = (message: Message) =>
  typeof message === 'string' ? [message] : message.flatMap(({ match }) => Object.values(match ?? {}));
const placeholders = (message: Message) =>
  [...new Set(variants(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test('there are two languages, Chinese and English', () => {
  expect(Object.keys(catalogues).sort()).toEqual(['en', 'zh-CN']);
});

test('no key is used by two features, of which one would get the words of the other', () => {
  expect(twice).toEqual([]);
});

test.each(languages)(
  'every key of the other language exists in %s, and none is empty',
  (_language, messages) => {
    const all = new Set(languages.flatMap(([, other]) => Object.keys(other)));
    expect([...all].filter((key) => !(key in messages))).toEqual([]);
    const empty = Object.keys(messages).filter((key) =>
      variants(messages[key] as Message).some((text) => !text.trim()),
    );
    expect(empty).toEqual([]);
  },
);

test('a sentence fills in the same things in both languages', () => {
  const [chinese, english] = [catalogues['zh-CN'] ?? {}, catalogues.en ?? {}];
  const different = Object.keys(chinese).filter(
    (key) =>
      key in english &&
      String(placeholders(chinese[key] as Message)) !== String(placeholders(english[key] as Message)),
  );
  expect(different).toEqual([]);
});

/** Where the number is never one. */
const ALWAYS_MANY = [
  'all_files',
  'all_files_short',
  'field_too_short',
  'p_arrived_pages',
  'p_missing_pages',
  'p_privacy_days',
  'p_send_pages',
];
const COUNTED = /\{(count|left|pages|months|days|hours|minutes|seconds|actual)\} (?:\w+ )?\w{2,}s\b/;
test('an English sentence that counts has a form for one', () => {
  const wrong = Object.entries(catalogues.en ?? {}).filter(
    ([key, message]) => !ALWAYS_MANY.includes(key) && typeof message === 'string' && COUNTED.test(message),
  );
  expect(wrong.map(([key, message]) => `${key}: ${message}`)).toEqual([]);
});

test('the Chinese sentences are Chinese and the English ones are not', () => {
  const inEnglish = Object.entries(catalogues.en ?? {}).filter(([, message]) =>
    variants(message).some((text) => /\p{Script=Han}/u.test(text)),
  );
  // The language's own name and the product's own name stay as they are.
  expect(
    inEnglish.map(([key]) => key).filter((key) => !/language|brand|product_name|locale/.test(key)),
  ).toEqual([]);
});

test('no page writes Chinese words itself instead of taking them from the messages', () => {
  const wrong = sources().filter(
    ({ path, text }) =>
      /^web\/src\/.*\.(svelte|ts)$/.test(path) &&
      !path.endsWith('.test.ts') &&
      /\p{Script=Han}/u.test(text.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|\/\/.*$/gm, '')),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test.each(languages)('no two fields of a customer have the same name in %s', (_language, messages) => {
  const fields = Object.entries(messages).filter(([key]) =>
    /^(field_(name|phone|id_number|product|amount|term|branch|owner|note)|column_due)$/.test(key),
  );
  expect(fields).toHaveLength(10);
  expect(new Set(fields.map(([, name]) => name)).size).toBe(fields.length);
  const [due, term] = [messages.column_due, messages.field_term].map(String);
  expect(term).not.toContain(due);
});

test('a sentence takes everything that it is given: a key used for two things says neither right', () => {
  const wrong: string[] = [];
  for (const { path, text } of sources()) {
    if (!/^web\/src\/.*\.(svelte|ts)$/.test(path)) continue;
    for (const [, key = '', given = ''] of text.matchAll(/\bm\.(\w+)\(\{([^{}]*)\}/g)) {
      const message = catalogues['zh-CN']?.[key];
      if (message === undefined || given.includes('...')) continue;
      // Which of several forms is said may hang on a value that is in none of them.
      const taken = typeof message === 'string' ? message : JSON.stringify(message);
      const names = [...given.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, name = '']) => name);
      for (const name of names)
        if (!taken.includes(name)) wrong.push(`${path}: ${key} does not take ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});
