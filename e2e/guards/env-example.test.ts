import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT } from './sources.ts';

type Variable = { name: string; description: string; initial: string | undefined };

/** The variables a config.ts declares, in its own notation: one property a variable, with a description. */
function declared(path: string): Variable[] {
  const text = readFileSync(`${ROOT}${path}`, 'utf8');
  const starts = [...text.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)];
  return starts.map((start, index) => {
    const until = starts[index + 1]?.index ?? text.indexOf('\n}', start.index);
    const body = text.slice(start.index, until);
    const initial = /\bdefault:\s*(?:'([^']*)'|([\d_]+|true|false)\b)/.exec(body);
    return {
      name: start[1] ?? '',
      description: /\bdescription:\s*(['"`])(.*?)\1/s.exec(body)?.[2] ?? '',
      initial: initial?.[1] ?? initial?.[2]?.replaceAll('_', ''),
    };
  });
}

/** `# description`, then `# NAME=default`, as .env.example writes them. */
const example = new Map(
  [...readFileSync(`${ROOT}.env.example`, 'utf8').matchAll(/^# (.+)\n# ?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
    (match) => [match[2] ?? '', { description: match[1] ?? '', initial: match[3] ?? '' }],
  ),
);

const configs = ['server/src/config.ts', 'workers/src/config.ts'];
const all = configs.flatMap(declared);

describe('.env.example', () => {
  test.each(configs)('names every variable of %s, with its description and default', (path) => {
    const variables = declared(path);
    expect(variables.length).toBeGreaterThan(3);
    for (const { name, description, initial } of variables) {
      const found = example.get(name);
      expect(found, `${name} is missing`).toBeDefined();
      expect(description, `${name} has no description in ${path}`).not.toBe('');
      if (initial !== undefined) expect(found?.initial, `default of ${name}`).toBe(initial);
    }
  });

  test('names nothing that no process understands', () => {
    const known = new Set(all.map(({ name }) => name));
    expect([...example.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  test('explains a variable in the words of a config that declares it', () => {
    const wrong = [...example].filter(
      ([name, { description }]) =>
        !all.some((variable) => variable.name === name && variable.description === description),
    );
    expect(wrong.map(([name, { description }]) => `${name}: ${description}`)).toEqual([]);
  });
});
