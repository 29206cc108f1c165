import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MESSAGES = fileURLToPath(new URL('../../web/messages/', import.meta.url));

/** What the pages say in a language, by the name of the message; only plain ones, without choices. */
export function wordsIn(locale: 'zh-CN' | 'en') {
  const all: Record<string, unknown> = Object.assign(
    {},
    ...globSync(`${MESSAGES}${locale}/*.json`).map((file) => JSON.parse(readFileSync(file, 'utf8'))),
  );
  return (name: string, values: Record<string, string | number> = {}): string => {
    const message = all[name];
    if (typeof message !== 'string') throw new Error(`${name} is no plain message in ${locale}`);
    return message.replace(/\{(\w+)\}/g, (_, value: string) => String(values[value]));
  };
}
