import { type ClientRequest, request } from 'node:http';

/** Sends the first bytes of the first piece of an upload, and then nothing more. */
export function startPatch(cookie: string, url: URL, length: number, first: Buffer): ClientRequest {
  const outgoing = request(url, {
    method: 'PATCH',
    headers: {
      cookie,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': length,
    },
  });
  outgoing.on('error', () => {});
  outgoing.write(first);
  return outgoing;
}
