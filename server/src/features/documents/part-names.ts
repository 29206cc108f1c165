import { dispositionName } from '@qijian/domain/rules/file-names.ts';
import type { FastifyRequest } from 'fastify';

/** Longer heads of parts have no name here, but the one that the parser finds. */
const MOST_HEAD = 8 * 1024;
const END = Buffer.from('\r\n\r\n');

/** The names of the files in a form as they come in, oldest first; each is there before the parser tells of its file. */
export function watchNames(request: FastifyRequest): string[] {
  const names: string[] = [];
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(request.headers['content-type'] ?? '');
  const given = boundary?.[1] ?? boundary?.[2];
  if (!given) return names;
  const mark = Buffer.from(`--${given}\r\n`);
  /** Bytes that may belong to a mark or a head which has only begun. */
  let kept: Buffer = Buffer.alloc(0);
  let inHead = false;
  request.raw.on('data', (chunk: Buffer) => {
    let rest = kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk;
    for (;;) {
      const looked = inHead ? END : mark;
      const at = rest.indexOf(looked);
      if (at < 0) break;
      if (inHead) addName(rest.subarray(0, at));
      rest = rest.subarray(at + looked.length);
      inHead = !inHead;
    }
    if (inHead && rest.length > MOST_HEAD) {
      inHead = false;
    }
    kept = Buffer.from(inHead ? rest : rest.subarray(Math.max(0, rest.length - mark.length + 1)));
  });

  function addName(head: Buffer): void {
    // Split on lines byte for byte: a name in another encoding stays as it is.
    const text = head.toString('latin1');
    const line = /(?:^|\r\n)content-disposition:([^\r\n]*)/i.exec(text)?.[1];
    const name = line && dispositionName(Buffer.from(line, 'latin1'));
    if (name !== null && name !== undefined) names.push(name);
  }
  return names;
}
