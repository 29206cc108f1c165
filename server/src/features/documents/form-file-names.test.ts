import { EventEmitter } from 'node:events';
import type { FastifyRequest } from 'fastify';
import { describe, expect, test } from 'vitest';
import { watchNames } from './form-file-names.ts';

const BOUNDARY = 'edge-edge-1';
const part = (name: string, content: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/jpeg\r\n\r\n${content}\r\n`;

/** The names that are found in a body that comes in these pieces. */
function namesIn(pieces: Buffer[]): string[] {
  const raw = new EventEmitter();
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  const names = watchNames({ headers, raw } as unknown as FastifyRequest);
  for (const piece of pieces) raw.emit('data', piece);
  return names;
}

describe('the names in a form', () => {
  // What looks like a mark or a head but is none stands among the bytes.
  const body = Buffer.from(
    `${part('a.jpg', `x--edge-edge\r\n\r\nfilename="no.jpg"\r\n--edge--`)}${part('流水.pdf', '')}${part('c.png', 'y')}--${BOUNDARY}--\r\n`,
  );
  const names = ['a.jpg', '流水.pdf', 'c.png'];

  test('are found wherever the network has cut it', () => {
    expect(namesIn([body])).toEqual(names);
    for (let at = 1; at < body.length; at += 1) {
      expect(namesIn([body.subarray(0, at), body.subarray(at)]), `cut at ${at}`).toEqual(names);
    }
    for (let size = 1; size < 40; size += 1) {
      const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, n) =>
        body.subarray(n * size, (n + 1) * size),
      );
      expect(namesIn(pieces), `in pieces of ${size}`).toEqual(names);
    }
  });

  test('after a head that is too long are still found', () => {
    const long = Buffer.from(part(`${'l'.repeat(9_000)}.jpg`, 'z'));
    expect(namesIn([long, body])).toEqual(names);
    const cut = Buffer.concat([long, body]);
    const pieces = Array.from({ length: Math.ceil(cut.length / 1_000) }, (_, n) =>
      cut.subarray(n * 1_000, (n + 1) * 1_000),
    );
    expect(namesIn(pieces)).toEqual(names);
  });
});
