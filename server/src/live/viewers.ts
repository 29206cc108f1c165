import type {
  ChangedCredential,
  CredentialHolder,
  CredentialKey,
  ReaderRole,
} from '@qijian/db/queries/streams.ts';
import { mayRead } from './entitlement.ts';

/** One credential that is connected here, however many connections use it; entitlement is checked by viewer. */
export interface Viewer {
  readonly key: CredentialKey;
  readonly userId: string;
  readonly name: string;
  role: ReaderRole;
  /** Of a customer who came by a link. */
  readonly customerId: string | null;
  readonly connections: Set<Connection>;
}

/** An open Socket.IO socket or feed. */
export interface Connection {
  readonly viewer: Viewer;
  streams(): Iterable<string>;
  /** Takes a stream away at once and tells the other end. */
  revoke(stream: string): void;
  /** Ends the connection; what is still unsent may be sent, but nothing after a short while. */
  close(): void;
}

/** Everyone connected to this process. */
export class Viewers {
  readonly #byKey = new Map<CredentialKey, Viewer>();

  /** The viewer a new connection belongs to; it counts from `connect` on. */
  of(key: CredentialKey, { userId, name, role, customerId = null }: CredentialHolder): Viewer {
    return this.#byKey.get(key) ?? { key, userId, name, role, customerId, connections: new Set() };
  }

  connect(connection: Connection): void {
    this.#byKey.set(connection.viewer.key, connection.viewer);
    connection.viewer.connections.add(connection);
  }

  disconnect(connection: Connection): void {
    const { viewer } = connection;
    viewer.connections.delete(connection);
    if (viewer.connections.size === 0 && this.#byKey.get(viewer.key) === viewer)
      this.#byKey.delete(viewer.key);
  }

  all(): Viewer[] {
    return [...this.#byKey.values()];
  }

  /** Enforces, synchronously, what a read found changed: streams are gone before anything is broadcast. */
  apply(changed: readonly ChangedCredential[]): void {
    for (const { key, role } of changed) {
      const viewer = this.#byKey.get(key);
      if (!viewer) continue;
      if (role) viewer.role = role;
      for (const connection of [...viewer.connections]) {
        for (const stream of [...connection.streams()]) {
          if (role === null || !mayRead(viewer, stream)) connection.revoke(stream);
        }
        if (role === null) connection.close();
      }
    }
  }
}
