import { dispositionName } from '@qijian/domain/rules/file-names.ts';
import type { FastifyRequest } from 'fastify';

/** Longer heads of parts have no name here, but the one that the parser finds. */
const MOST_HEAD = 8 * 1024;
const END = Buffer.from('\r\n\r\n');
const NOTHING: Buffer = Buffer.alloc(0);

/** The names of the files in a form as they come in, oldest first; each is there before the parser tells of its file. */
export function watchNames(request: FastifyRequest): string[] {
  const names: string[] = [];
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(request.headers['content-type'] ?? '');
  const given = boundary?.[1] ?? boundary?.[2];
  if (!given) return names;
  const mark = Buffer.from(`--${given}\r\n`);
  /** Bytes that may belong to a mark or a head which has only begun. */
  let kept: Buffer = NOTHING;
  let inHead = false;
  request.raw.on('data', (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      const looked = inHead ? END : mark;
      // What may have begun before. The chunk itself is not copied: it is most of a file.
      const seam = Buffer.concat([kept, rest.subarray(0, inHead ? MOST_HEAD + 1 : mark.length - 1)]);
      const across = seam.indexOf(looked);
      const at = across >= 0 ? across - kept.length : inHead ? -1 : rest.indexOf(looked);
      if (across < 0 && at < 0) {
        const isTooLong = inHead && seam.length > MOST_HEAD;
        if (isTooLong) inHead = false;
        else if (inHead) kept = seam;
        else {
          const last = rest.length < mark.length ? seam : rest;
          kept = Buffer.from(last.subarray(Math.max(0, last.length - mark.length + 1)));
        }
        if (!isTooLong) break;
      } else {
        if (inHead) addName(seam.subarray(0, across));
        rest = rest.subarray(at + looked.length);
        inHead = !inHead;
      }
      kept = NOTHING;
    }
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
