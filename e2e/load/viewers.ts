import { io, type Socket } from 'socket.io-client';

/**
 * A process full of viewers. Told `open` it connects them (and subscribes where a stream is named), told `expect` it
 * answers when the last of them has received the event with that key, with the time of the machine's monotonic clock.
 */
interface Order {
  kind: 'open' | 'count';
  url?: string;
  cookie?: string;
  stream?: string | null;
  many?: number;
}

const sockets: Socket[] = [];
const received = new Map<string, number>();
let deliveries = 0;

process.on('message', async (order: Order) => {
  if (order.kind === 'open') {
    for (let opened = 0; opened < (order.many ?? 0); opened += 50) {
      await Promise.all(Array.from({ length: Math.min(50, (order.many ?? 0) - opened) }, () => view(order)));
    }
    process.send?.({ kind: 'opened', many: sockets.length });
  } else {
    process.send?.({ kind: 'counted', deliveries });
  }
});
process.on('disconnect', () => process.exit(0));

/** What an event is counted by: the file that has arrived, or the preview of it that is ready. */
function keyOf(event: { key?: string; type: string; data: { document: { filename: string } } }) {
  if (event.key) return event.key;
  if (event.type === 'document.added') return event.data.document.filename;
  if (event.type === 'document.ready') return `${event.data.document.filename} ready`;
  return undefined;
}

async function view(order: Order): Promise<void> {
  const socket = io(order.url as string, {
    transports: ['websocket'],
    forceNew: true,
    ...(order.cookie ? { extraHeaders: { cookie: order.cookie } } : {}),
  });
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  socket.on('event', (event) => {
    const key = keyOf(event);
    if (!key) return;
    deliveries += 1;
    const seen = (received.get(key) ?? 0) + 1;
    received.set(key, seen);
    if (seen === sockets.length) process.send?.({ kind: 'all', key, at: String(process.hrtime.bigint()) });
  });
  if (order.stream) {
    const answer = await socket.emitWithAck('subscribe', { stream: order.stream });
    if (!answer.ok) throw new Error(`subscribe: ${JSON.stringify(answer)}`);
  }
}
