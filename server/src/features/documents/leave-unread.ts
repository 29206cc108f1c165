import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long an answer that is sent before the body has arrived may take to reach the sender. */
const LINGER = 1000;

/** Lets the answer go out although the body has not been read; reads no more of it and then closes the connection. */
export function leaveUnread(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  const { socket } = raw;
  // An injected request has no connection.
  if (raw.complete || !(socket instanceof Socket)) return;
  const stopReading = () => {
    raw.pause();
    socket.pause();
  };
  raw.unpipe();
  stopReading();
  reply.header('connection', 'close');
  // Node would read on once it has answered, then close: with unread bytes waiting, that resets the connection before
  // the sender has seen the answer.
  socket.destroySoon = () => {
    stopReading();
    setTimeout(() => socket.destroy(), LINGER).unref();
  };
}
