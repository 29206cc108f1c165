import { createServer } from 'node:http';
import { openLive, openWorld } from './live-world.ts';

/**
 * A live server as a process of its own, to be killed: `live-process.ts <port> <database> <redis>`. What the
 * application does behind a command, `POST /<stream>` does here: it commits an event, answers, and flushes.
 */
const [port, databaseUrl, redisUrl] = process.argv.slice(2) as [string, string, string];
const world = openWorld(databaseUrl);
let n = 0;
const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    response.writeHead(404).end();
    return;
  }
  n += 1;
  world.append(decodeURIComponent(request.url?.slice(1) ?? ''), n).then(
    () => {
      response.writeHead(204).end();
      opened.live.flush();
    },
    () => response.writeHead(500).end(),
  );
});
const opened = await openLive(databaseUrl, redisUrl, { server, port: Number(port) });
process.send?.('ready');
