import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

export type { Socket };

/** A connection that is not yet open and does not come back by itself: when to try again is the screen's to say. */
export function openSocket(options: Partial<ManagerOptions & SocketOptions> = {}): Socket {
  return io({ transports: ['websocket', 'polling'], reconnection: false, autoConnect: false, ...options });
}
