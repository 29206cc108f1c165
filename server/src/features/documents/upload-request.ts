import { PassThrough, Readable } from 'node:stream';
import { decodeName } from '@qijian/domain/rules/file-names.ts';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../http/problem.ts';
import { problemOf } from './ingest.service.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, ChecksumMismatch } from './upload-store.ts';

/** A request as the tus library takes it. */
export function toWebRequest(request: FastifyRequest, body: Readable | null): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue;
    headers.set(name, name === 'upload-metadata' ? inUtf8(String(value)) : String(value));
  }
  return new Request(new URL(request.url, 'http://upload.invalid'), {
    method: request.method,
    headers,
    ...(body ? { body: Readable.toWeb(body) as ReadableStream, duplex: 'half' } : {}),
  } as RequestInit);
}

/** The library takes the values of Upload-Metadata for UTF-8; some programs write file names as Windows does. */
function inUtf8(metadata: string): string {
  return metadata.replace(/ ([A-Za-z0-9+/]+=*)/g, (all, value: string) => {
    const bytes = Buffer.from(value, 'base64');
    const text = decodeName(bytes);
    return bytes.equals(Buffer.from(text)) ? all : ` ${Buffer.from(text).toString('base64')}`;
  });
}

/** The body as a stream that may be given up without closing the connection, on which the answer has yet to go out. */
export function bodyOf(request: FastifyRequest): PassThrough | null {
  if (request.method !== 'POST' && request.method !== 'PATCH') return null;
  const body = new PassThrough();
  const { raw } = request;
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('The connection was closed'));
  });
  raw.pipe(body);
  return body;
}

/** The Upload-Checksum of a request (tus checksum extension). */
export function parseChecksum(header: string | string[] | undefined): Checksum | null {
  if (header === undefined) return null;
  const [algorithm, digest] = String(header).split(' ');
  const known = CHECKSUM_ALGORITHMS.find((name) => name === algorithm);
  if (!known || !digest) {
    throw new Problem('malformed-request', {
      detail: `Upload-Checksum must be ${CHECKSUM_ALGORITHMS.join(' or ')} and a base64 digest`,
    });
  }
  return { algorithm: known, digest: Buffer.from(digest, 'base64') };
}

/** The library throws `{status_code, body}`; what this file threw comes back as it was. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof ChecksumMismatch) return new Problem('checksum-mismatch');
  const { status_code: status, body } = error as { status_code?: number; body?: string };
  const detail = body?.trim();
  if (status === 404 || status === 410) return new Problem('not-found');
  if (status === 413) return new Problem('file-too-large');
  if (status === 409)
    return new Problem('state-conflict', { detail: 'Upload-Offset is not where the upload stands' });
  if (status === 412) return new Problem('unsupported-tus-version');
  if (status === 500 && detail?.includes('lock')) return new Problem('unavailable');
  if (status !== undefined && status !== 500) {
    return new Problem('malformed-request', detail ? { detail } : {});
  }
  return problemOf(error);
}
