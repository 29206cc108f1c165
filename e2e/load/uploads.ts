import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Posts one file as multipart with as little work on this side as possible; answers the body, throws on any status but 201. */
export function upload(options: {
  url: string;
  filename: string;
  content: Buffer;
  headers?: Record<string, string>;
  type?: string;
}): Promise<string> {
  const boundary = 'bench-0d1f2a';
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="type"\r\n\r\n${options.type ?? 'other'}\r\n` +
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${options.filename}"\r\n` +
      'content-type: image/jpeg\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      options.url,
      {
        method: 'POST',
        agent,
        headers: {
          ...options.headers,
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': head.length + options.content.length + tail.length,
        },
      },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk) => {
          body += chunk;
        });
        incoming.on('end', () =>
          incoming.statusCode === 201 ? resolve(body) : reject(new Error(`${incoming.statusCode}: ${body}`)),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.write(head);
    outgoing.write(options.content);
    outgoing.end(tail);
  });
}

/** Runs `work` again and again on `lanes` lanes until `seconds` are over; answers how often it was done and the seconds. */
export async function sustain(
  lanes: number,
  seconds: number,
  work: (n: number) => Promise<unknown>,
): Promise<{ done: number; seconds: number }> {
  const started = performance.now();
  let done = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (performance.now() - started < seconds * 1000) {
        await work(next++);
        done += 1;
      }
    }),
  );
  return { done, seconds: (performance.now() - started) / 1000 };
}
