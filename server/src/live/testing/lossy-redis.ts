import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { WAKE_CHANNEL } from '@qijian/domain/contract/jobs.ts';

/**
 * A Redis that loses hints: a proxy before the real one that passes everything on but, as often as `loses` says, a
 * message of the wake channel on its way to a subscriber.
 */
export async function startLossyRedis(target: string, loses: () => boolean) {
  const to = new URL(target);
  const open = new Set<Socket>();
  let lost = 0;
  let passed = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: to.hostname, port: Number(to.port) });
    const end = () => {
      client.destroy();
      upstream.destroy();
      open.delete(client);
    };
    open.add(client);
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream);
    let held: Buffer = Buffer.alloc(0);
    upstream.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      for (let size = frameSize(held, 0); size > 0; size = frameSize(held, 0)) {
        const frame = held.subarray(0, size);
        held = held.subarray(size);
        if (isWake(frame)) {
          if (loses()) {
            lost += 1;
            continue;
          }
          passed += 1;
        }
        client.write(frame);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    counts: () => ({ lost, passed }),
    /** Breaks every connection; clients connect again by themselves. */
    cut() {
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isWake(frame: Buffer): boolean {
  const text = frame.subarray(0, 64).toString('latin1');
  return /^[*>]3\r\n\$7\r\nmessage\r\n/.test(text) && text.includes(`\r\n${WAKE_CHANNEL}\r\n`);
}

/** Length of the RESP value at `from`, or 0 when it is not all there yet. */
function frameSize(buffer: Buffer, from: number): number {
  const lineEnd = buffer.indexOf('\r\n', from);
  if (lineEnd < 0) return 0;
  const kind = String.fromCharCode(buffer[from] ?? 0);
  const head = lineEnd + 2 - from;
  const count = Number(buffer.toString('latin1', from + 1, lineEnd));
  if (kind === '$') {
    if (count < 0) return head;
    return buffer.length >= from + head + count + 2 ? head + count + 2 : 0;
  }
  if (kind !== '*' && kind !== '>' && kind !== '%') return head;
  let size = head;
  for (let item = 0; item < count * (kind === '%' ? 2 : 1); item += 1) {
    const itemSize = frameSize(buffer, from + size);
    if (itemSize === 0) return 0;
    size += itemSize;
  }
  return size;
}
