/** A piece of a comment as it is shown. */
export interface CommentPart {
  kind: 'text' | 'mention' | 'link';
  text: string;
}

const LINK = /https?:\/\/[^\s<>"'，。；：！？、（）《》「」『』【】]+/giu;
const TRAILING = /[.,;:!?)\]}]+$/u;

/** A comment's words in pieces: mentions of these people, http(s) addresses, and the rest, which stays plain. */
export function splitComment(body: string, mentions: readonly { displayName: string }[]): CommentPart[] {
  const marks: { from: number; text: string; kind: CommentPart['kind'] }[] = [];
  for (const match of body.matchAll(LINK)) {
    const text = match[0].replace(TRAILING, '');
    if (URL.canParse(text)) marks.push({ from: match.index, text, kind: 'link' });
  }
  const names = mentions.map(({ displayName }) => displayName).sort((a, b) => b.length - a.length);
  for (const name of names) {
    for (const sign of ['@', '＠']) {
      const text = sign + name;
      for (let from = body.indexOf(text); from >= 0; from = body.indexOf(text, from + text.length)) {
        const end = from + text.length;
        if (marks.every((mark) => end <= mark.from || from >= mark.from + mark.text.length))
          marks.push({ from, text, kind: 'mention' });
      }
    }
  }
  const parts: CommentPart[] = [];
  let at = 0;
  for (const { from, text, kind } of marks.sort((a, b) => a.from - b.from)) {
    if (from > at) parts.push({ kind: 'text', text: body.slice(at, from) });
    parts.push({ kind, text });
    at = from + text.length;
  }
  if (at < body.length) parts.push({ kind: 'text', text: body.slice(at) });
  return parts;
}
