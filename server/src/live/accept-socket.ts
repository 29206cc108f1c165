import { PresenceBody, SubscribeBody, UnsubscribeBody } from '@qijian/domain/contract/api/streams.ts';
import type { SubscribeAnswer } from '@qijian/domain/contract/live-events.ts';
import { Compile } from 'typebox/compile';
import { type LiveSocket, refused, SocketConnection, type SocketServices } from './subscriptions.ts';
import type { Viewer } from './viewers.ts';

/** Where everybody with an account is, and no customer. */
export const STAFF_ROOM = 'staff';

const subscribeBody = Compile(SubscribeBody);
const unsubscribeBody = Compile(UnsubscribeBody);
const presenceBody = Compile(PresenceBody);

/** Takes over a new socket whose handshake was accepted. The listeners are shared: an idle socket stays small. */
export function acceptSocket(services: SocketServices, socket: LiveSocket, viewer: Viewer): void {
  const connection = new SocketConnection(services, socket, viewer);
  socket.data.connection = connection;
  if (viewer.role !== 'portal') void socket.join(STAFF_ROOM);
  services.viewers.connect(connection);
  services.presence.connected(connection);
  socket.on('subscribe', onSubscribe);
  socket.on('unsubscribe', onUnsubscribe);
  socket.on('presence', onPresence);
  socket.on('latency', onLatency);
  socket.on('disconnect', onDisconnect);
}

/** The acknowledgement, wherever a client put it; a client that sent none gets none. */
function answerOf<T>(args: unknown[]): (answer: T) => void {
  const last = args.at(-1);
  return typeof last === 'function' ? (last as (answer: T) => void) : () => {};
}

function onSubscribe(this: LiveSocket, ...args: unknown[]): void {
  const { connection } = this.data;
  const answer = answerOf<SubscribeAnswer>(args);
  const body = args[0];
  if (!connection.mayAsk()) answer(refused('rate-limited'));
  else if (!subscribeBody.Check(body)) answer(refused('malformed-request'));
  else void connection.subscribe(body).then(answer);
}

function onUnsubscribe(this: LiveSocket, ...args: unknown[]): void {
  const { connection } = this.data;
  const answer = answerOf<{ ok: boolean }>(args);
  const body = args[0];
  const ok = connection.mayAsk() && unsubscribeBody.Check(body);
  if (ok) connection.unsubscribe((body as { stream: string }).stream);
  answer({ ok });
}

function onPresence(this: LiveSocket, ...args: unknown[]): void {
  const { connection } = this.data;
  const answer = answerOf<{ ok: boolean }>(args);
  const body = args[0];
  if (!connection.mayAsk() || !presenceBody.Check(body)) {
    answer({ ok: false });
    return;
  }
  const doing = typeof body.doing === 'string' ? { kind: body.doing, target: null } : body.doing;
  void connection.bePresent(body.customerId, doing).then((ok) => answer({ ok }));
}

function onLatency(this: LiveSocket, ...args: unknown[]): void {
  if (this.data.connection.mayAsk()) answerOf<void>(args)();
}

function onDisconnect(this: LiveSocket): void {
  const { connection } = this.data;
  const { presence, viewers } = connection.services;
  for (const stream of [...connection.subscriptions.keys()]) connection.unsubscribe(stream);
  presence.disconnected(connection);
  viewers.disconnect(connection);
}
