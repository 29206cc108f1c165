import type { Person } from '@qijian/domain/contract/api/users.ts';

/** Somebody as far as a mention goes. */
export type Mentionable = Pick<Person, 'id' | 'displayName'>;

const MAX_SHOWN = 8;

/** The beginning of a mention before the caret: where its sign stands, and what of the name is typed. */
export function mentionAt(text: string, caret: number): { from: number; name: string } | null {
  const found = /(?:^|[^\w.@＠-])[@＠]([^\s@＠]{0,20})$/u.exec(text.slice(0, caret));
  if (!found) return null;
  const name = found[1] ?? '';
  return { from: caret - name.length - 1, name };
}

/** Whom the typed part of a name can mean; names that begin with it first. */
export function peopleLike<P extends Mentionable>(people: readonly P[], name: string): P[] {
  const wanted = name.toLowerCase();
  const begins = (person: P) => (person.displayName.toLowerCase().startsWith(wanted) ? 0 : 1);
  return people
    .filter(({ displayName }) => displayName.toLowerCase().includes(wanted))
    .sort((a, b) => begins(a) - begins(b))
    .slice(0, MAX_SHOWN);
}

/** Who is mentioned in a text. Of several with one name it is whoever was picked. */
export function mentionsIn(
  text: string,
  people: readonly Mentionable[],
  picked: ReadonlySet<string>,
): string[] {
  const names = [...new Set(people.map(({ displayName }) => displayName))].sort(
    (a, b) => b.length - a.length,
  );
  const found: { at: number; id: string }[] = [];
  let rest = text.replaceAll('＠', '@');
  for (const name of names) {
    const at = indexOfMention(rest, name);
    if (at < 0) continue;
    const known = people.filter(({ displayName }) => displayName === name);
    const meant = known.length === 1 ? known : known.filter(({ id }) => picked.has(id));
    found.push(...meant.map(({ id }) => ({ at, id })));
    // The longest name wins over a shorter one inside it.
    rest = rest.replaceAll(`@${name}`, ' '.repeat(name.length + 1));
  }
  return found.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

/** Where a name is mentioned as a whole; −1 when nowhere. */
function indexOfMention(text: string, name: string): number {
  for (let at = text.indexOf(`@${name}`); at >= 0; at = text.indexOf(`@${name}`, at + 1)) {
    const next = text.at(at + name.length + 1);
    if (!next || !/\w/.test(name.at(-1) ?? '') || !/\w/.test(next)) return at;
  }
  return -1;
}
