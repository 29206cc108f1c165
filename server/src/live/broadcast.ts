import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { LiveServer } from './subscriptions.ts';

/** What Socket.IO's adapter prepares once for all receivers: the text, and the WebSocket frame in its parts. */
interface Encoder {
  _encode(packet: { type: number; data: unknown[]; nsp: string }, options: WriteOptions): string[];
}
export interface WriteOptions {
  preEncoded: boolean;
  wsPreEncodedFrame?: Buffer[];
  /** How many messages are written at once, when more than one. */
  messages?: number;
}
interface Engine {
  transport: { name: string };
  write(text: string, options: WriteOptions): void;
}

/** The EVENT packet of the Socket.IO protocol. */
const EVENT = 2;

/**
 * Sends events, in order, to everybody in the room of their stream. Writing costs a system call a receiver; so all
 * frames are put together once and each connection writes them once. `io.to(room).emit` would write two parts an event.
 */
export function broadcast(io: LiveServer, events: readonly LiveEvent[]): void {
  const namespace = io.of('/');
  const encoder = namespace.adapter as unknown as Encoder;
  const packets = events.map((event) => {
    const options: WriteOptions = { preEncoded: true };
    const [text = ''] = encoder._encode({ type: EVENT, data: ['event', event], nsp: '/' }, options);
    return { text, options };
  });
  const frames = packets.flatMap(({ options }) => options.wsPreEncodedFrame ?? []);
  const whole: WriteOptions = {
    preEncoded: true,
    wsPreEncodedFrame: [Buffer.concat(frames)],
    messages: events.length,
  };
  for (const id of namespace.adapter.rooms.get(events[0]?.stream ?? '') ?? []) {
    const engine = namespace.sockets.get(id)?.conn as unknown as Engine | undefined;
    if (engine?.transport.name === 'websocket') engine.write(packets[0]?.text ?? '', whole);
    else for (const { text, options } of packets) engine?.write(text, options);
  }
}
