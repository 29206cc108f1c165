import type {
  ClientToServerEvents,
  LiveEvent,
  ServerToClientEvents,
} from '@qijian/domain/contract/live-events.ts';
import type { Server } from 'socket.io';

/** What Socket.IO's adapter prepares once for all receivers: the text, and the WebSocket frame in its parts. */
interface Encoder {
  _encode(packet: { type: number; data: unknown[]; nsp: string }, options: WriteOptions): string[];
}
export interface WriteOptions {
  preEncoded: boolean;
  wsPreEncodedFrame?: Buffer[];
  /** How many events are written at once, when not one; 0 for what is not stored and may be told anew. */
  messages?: number;
}
/** Whoever is connected; each is told that it missed something. */
type Receivers = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  // biome-ignore lint/suspicious/noExplicitAny: what servers tell each other is not sent here
  any,
  { connection: { missed(): void } }
>;
interface Engine {
  transport: { name: string };
  writeBuffer: unknown[];
  write(text: string, options: WriteOptions): void;
}

/** The EVENT packet of the Socket.IO protocol. */
const EVENT = 2;
/** Beyond so many unsent messages a passing one is left out; the connection is told how things stand once it has read. */
const UNSENT_PASSING = 64;

/**
 * Sends events, in order, to everybody in the room of their stream. Writing costs a system call a receiver; so all
 * frames are put together once and each connection writes them once. `io.to(room).emit` would write two parts an event.
 */
export function broadcast(io: Receivers, events: readonly LiveEvent[]): void {
  const namespace = io.of('/');
  const packets = events.map((event) => encode(io, 'event', event));
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

/** Names and bodies of what passes and is never stored. */
type Passing = 'presence' | 'online' | 'now' | 'upload-progress' | 'portal-upload-progress';

/**
 * Tells everybody in these rooms something that passes. It does not count as unsent, because being slow is about stored
 * events; instead it is left out where much is unsent, and `SocketConnection.missed` makes up for it.
 */
export function tellPassing<E extends Passing>(
  io: Receivers,
  rooms: readonly string[],
  name: E,
  body: Parameters<ServerToClientEvents[E]>[0],
): void {
  const { adapter, sockets } = io.of('/');
  const ids = new Set(rooms.flatMap((room) => [...(adapter.rooms.get(room) ?? [])]));
  if (ids.size === 0) return;
  const { text, options } = encode(io, name, body);
  for (const id of ids) {
    const socket = sockets.get(id);
    const engine = socket?.conn as unknown as Engine | undefined;
    if (!socket || !engine) continue;
    if (engine.writeBuffer.length < UNSENT_PASSING) engine.write(text, { ...options, messages: 0 });
    else socket.data.connection.missed();
  }
}

function encode(io: Receivers, name: string, body: unknown): { text: string; options: WriteOptions } {
  const encoder = io.of('/').adapter as unknown as Encoder;
  const options: WriteOptions = { preEncoded: true };
  const [text = ''] = encoder._encode({ type: EVENT, data: [name, body], nsp: '/' }, options);
  return { text, options };
}
