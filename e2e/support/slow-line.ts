import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A line to a server that can be made slow in the direction of the server, as a phone's is on the street. */
export async function openSlowLine(address: string) {
  const { hostname, port } = new URL(address);
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  const line = createServer((client) => {
    const server = connect(Number(port), hostname);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    server.pipe(client);
    client.on('data', async (chunk) => {
      client.pause();
      server.write(chunk);
      if (bytesPerSecond < Number.POSITIVE_INFINITY) await sleep((chunk.length / bytesPerSecond) * 1000);
      client.resume();
    });
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  return {
    address: `http://127.0.0.1:${(line.address() as AddressInfo).port}`,
    /** From now on so many KB a second go through. */
    slow(kilobytes: number): void {
      bytesPerSecond = kilobytes * 1024;
    },
    close(): void {
      line.close();
    },
  };
}
export type SlowLine = Awaited<ReturnType<typeof openSlowLine>>;
