import type { LiveEvent, SubscribeAnswer } from '@qijian/domain/contract/live-events.ts';
import { io, type Socket } from 'socket.io-client';

/**
 * What a careful client does: keeps the last applied number of one stream, applies the next, drops what it has, and
 * subscribes again from there after a gap or a new connection. It notes what a correct server never sends.
 */
export class SequencingClient {
  readonly socket: Socket;
  readonly applied: LiveEvent[] = [];
  readonly faults: string[] = [];
  readonly stream: string;
  position = 0;
  epoch: string | undefined;
  /** Events that came although this connection had them already. */
  doubled = 0;
  /** Events that came although one before them had not. */
  gaps = 0;
  revoked = 0;
  #asking: Promise<void> | null = null;

  constructor(url: string, stream: string, options: { cookie: string; transports?: string[] }) {
    this.stream = stream;
    this.socket = io(url, {
      transports: options.transports ?? ['websocket'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 300,
      extraHeaders: { cookie: options.cookie },
    });
    this.socket.on('connect', () => void this.#subscribe());
    this.socket.on('event', (event: LiveEvent) => this.#take(event));
    this.socket.on('revoked', () => {
      this.revoked += 1;
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  #take(event: LiveEvent): void {
    if (event.stream !== this.stream) {
      this.faults.push(`event of ${event.stream}`);
    } else if (event.seq === this.position + 1) {
      this.applied.push(event);
      this.position = event.seq;
    } else if (event.seq <= this.position) {
      this.doubled += 1;
    } else {
      this.gaps += 1;
      void this.#subscribe();
    }
  }

  #subscribe(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    while (this.socket.connected) {
      const body = {
        stream: this.stream,
        after: this.position,
        ...(this.epoch ? { epoch: this.epoch } : {}),
      };
      const answer: SubscribeAnswer | null = await this.socket
        .timeout(5_000)
        .emitWithAck('subscribe', body)
        .catch(() => null);
      if (answer?.ok) {
        this.epoch = answer.epoch;
        return;
      }
      if (answer && answer.problem.type !== 'unavailable') this.faults.push(answer.problem.type);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
