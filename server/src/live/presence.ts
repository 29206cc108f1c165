import { randomUUID } from 'node:crypto';
import {
  CUSTOMERS_STREAM,
  customerStream,
  type Doing,
  type PresentPerson,
} from '@qijian/domain/contract/live-events.ts';
import { CUSTOMER_PHONE_NAME } from '@qijian/domain/rules/portal.ts';
import { Throttle } from './throttle.ts';
import type { Connection } from './viewers.ts';

const PRESENCE_EVERY_MS = 150;
const ONLINE_EVERY_MS = 1_000;
const STATE_EVERY_MS = 1_500;
/** A server not heard of for this long is dead, and so is what it told of; two states may be lost before. */
const SILENT_AFTER_MS = 6_000;
/** Customers one connection may be on at one time. */
const PLACES = 5;
/** A phone says every few seconds that it is still there: its connection would take far longer to be found dead. */
const PHONE_SILENT_AFTER_MS = 7_000;
const WEIGHT: Record<Doing['kind'], number> = {
  viewing: 0,
  reviewing: 1,
  editing: 2,
  shooting: 3,
  uploading: 4,
};

interface OnlinePerson {
  id: string;
  name: string;
}
/** What servers tell each other: everything (`full`), or only what has just changed. */
export interface PresenceState {
  server: string;
  full: boolean;
  here: [customerId: string, people: PresentPerson[]][];
  online: OnlinePerson[] | null;
  /** The sender is new and wants to hear everybody's full state. */
  hello?: boolean;
  bye?: boolean;
}
interface OtherServer {
  heard: number;
  here: Map<string, PresentPerson[]>;
  online: OnlinePerson[];
}
interface Place {
  doing: Doing;
  since: string;
  heard: number;
}

/** Emits to the members of rooms, or to everybody with an account, on this server only. */
export type EmitLocally = (rooms: string[] | null, event: 'presence' | 'online', body: unknown) => void;

/**
 * Who is on which customer, across all servers. Nothing is stored: each server tells the others of its own people
 * when they change and every few seconds, and forgets a server that has fallen silent.
 */
export class Presence {
  readonly #server = randomUUID();
  /** Customer → local connections that are there. */
  readonly #here = new Map<string, Map<Connection, Place>>();
  readonly #places = new Map<Connection, Set<string>>();
  readonly #online = new Map<string, { name: string; connections: number }>();
  readonly #others = new Map<string, OtherServer>();
  readonly #emit: EmitLocally;
  readonly #tell: (state: PresenceState) => void;
  readonly #changed = new Throttle<string>(PRESENCE_EVERY_MS, (ids) => this.#announce(ids));
  readonly #onlineChanged = new Throttle<true>(ONLINE_EVERY_MS, () => this.#announceOnline());
  readonly #timer: NodeJS.Timeout;
  #lastOnline = '[]';

  constructor(emit: EmitLocally, tell: (state: PresenceState) => void) {
    this.#emit = emit;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#beat(), STATE_EVERY_MS);
    this.#timer.unref();
    tell({ ...this.#state(), hello: true });
  }

  connected({ viewer }: Connection): void {
    if (viewer.role === 'portal') return;
    const known = this.#online.get(viewer.userId);
    this.#online.set(viewer.userId, { name: viewer.name, connections: (known?.connections ?? 0) + 1 });
    if (!known) this.#onlineChanged.mark(true);
  }

  disconnected(connection: Connection): void {
    for (const customerId of [...(this.#places.get(connection) ?? [])])
      this.set(connection, customerId, null);
    const known = this.#online.get(connection.viewer.userId);
    if (!known || connection.viewer.role === 'portal') return;
    known.connections -= 1;
    if (known.connections > 0) return;
    this.#online.delete(connection.viewer.userId);
    this.#onlineChanged.mark(true);
  }

  /** What a connection does on a customer from now on; null takes it away. */
  set(connection: Connection, customerId: string, doing: Doing | null): void {
    const places = this.#places.get(connection) ?? new Set<string>();
    const here = this.#here.get(customerId) ?? new Map<Connection, Place>();
    const before = here.get(connection);
    if (doing) {
      const heard = Date.now();
      if (before && before.doing.kind === doing.kind && before.doing.target === doing.target) {
        before.heard = heard;
        return;
      }
      here.set(connection, { doing, since: before?.since ?? new Date().toISOString(), heard });
      places.add(customerId);
    } else {
      if (!here.delete(connection)) return;
      places.delete(customerId);
    }
    if (here.size > 0) this.#here.set(customerId, here);
    else this.#here.delete(customerId);
    if (places.size > 0) this.#places.set(connection, places);
    else this.#places.delete(connection);
    this.#changed.mark(customerId);
    const [oldest] = places;
    if (places.size > PLACES && oldest) this.set(connection, oldest, null);
  }

  /** Who is on this customer, one entry a person. */
  people(customerId: string): PresentPerson[] {
    const lists = [this.#localPeople(customerId)];
    for (const other of this.#others.values()) lists.push(other.here.get(customerId) ?? []);
    return merge(lists.flat());
  }

  /** Every customer somebody is on. */
  customers(): string[] {
    const ids = new Set(this.#here.keys());
    for (const other of this.#others.values()) for (const id of other.here.keys()) ids.add(id);
    return [...ids];
  }

  /** Everyone who is connected to any server. */
  online(): OnlinePerson[] {
    const people = new Map<string, OnlinePerson>();
    for (const [id, { name }] of this.#online) people.set(id, { id, name });
    for (const other of this.#others.values())
      for (const person of other.online) people.set(person.id, person);
    return [...people.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Takes what another server tells. */
  heard(state: PresenceState): void {
    if (state.server === this.#server) return;
    if (state.bye) {
      this.#forget(state.server);
      return;
    }
    const known = this.#others.get(state.server);
    const other: OtherServer = known ?? { heard: 0, here: new Map(), online: [] };
    other.heard = Date.now();
    this.#others.set(state.server, other);
    const touched = new Map(state.here);
    if (state.full) for (const id of other.here.keys()) if (!touched.has(id)) touched.set(id, []);
    for (const [id, people] of touched) {
      if (JSON.stringify(other.here.get(id) ?? []) === JSON.stringify(people)) continue;
      if (people.length > 0) other.here.set(id, people);
      else other.here.delete(id);
      this.#emitPeople(id);
    }
    if (state.online) {
      other.online = state.online;
      this.#onlineChanged.mark(true);
    }
    if (state.hello || !known) this.#tell(this.#state());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#changed.close();
    this.#onlineChanged.close();
    this.#tell({ server: this.#server, full: false, here: [], online: null, bye: true });
  }

  #localPeople(customerId: string): PresentPerson[] {
    const here = this.#here.get(customerId);
    if (!here) return [];
    return merge(
      [...here].map(([{ viewer }, { doing, since }]) => {
        const isPhone = viewer.role === 'portal';
        const name = isPhone ? viewer.name || CUSTOMER_PHONE_NAME : viewer.name;
        return { id: viewer.userId, name, kind: isPhone ? 'phone' : 'user', doing, since };
      }),
    );
  }

  #state(): PresenceState {
    return {
      server: this.#server,
      full: true,
      here: [...this.#here.keys()].map((id) => [id, this.#localPeople(id)]),
      online: this.#localOnline(),
    };
  }

  #localOnline(): OnlinePerson[] {
    return [...this.#online].map(([id, { name }]) => ({ id, name }));
  }

  #beat(): void {
    this.#forgetSilentPhones();
    this.#tell(this.#state());
    const dead = Date.now() - SILENT_AFTER_MS;
    for (const [server, other] of this.#others) if (other.heard < dead) this.#forget(server);
  }

  #forgetSilentPhones(): void {
    const silent = Date.now() - PHONE_SILENT_AFTER_MS;
    for (const [customerId, here] of [...this.#here]) {
      for (const [connection, place] of [...here]) {
        if (connection.viewer.role === 'portal' && place.heard < silent)
          this.set(connection, customerId, null);
      }
    }
  }

  #forget(server: string): void {
    const other = this.#others.get(server);
    if (!this.#others.delete(server) || !other) return;
    for (const id of other.here.keys()) this.#emitPeople(id);
    this.#onlineChanged.mark(true);
  }

  #announce(customerIds: string[]): void {
    for (const id of customerIds) this.#emitPeople(id);
    const here = customerIds.map((id): [string, PresentPerson[]] => [id, this.#localPeople(id)]);
    this.#tell({ server: this.#server, full: false, here, online: null });
  }

  #announceOnline(): void {
    const people = this.online();
    const known = JSON.stringify(people);
    if (known === this.#lastOnline) return;
    this.#lastOnline = known;
    this.#emit(null, 'online', { people });
    this.#tell({ server: this.#server, full: false, here: [], online: this.#localOnline() });
  }

  #emitPeople(customerId: string): void {
    const body = { customerId, people: this.people(customerId) };
    this.#emit([customerStream(customerId), CUSTOMERS_STREAM], 'presence', body);
  }
}

/** One entry a person: the weightiest thing they do, and how long they have been here. */
function merge(people: PresentPerson[]): PresentPerson[] {
  const merged = new Map<string, PresentPerson>();
  for (const person of people) {
    const known = merged.get(person.id);
    if (!known) {
      merged.set(person.id, person);
      continue;
    }
    const doing = WEIGHT[person.doing.kind] > WEIGHT[known.doing.kind] ? person.doing : known.doing;
    const since = person.since < known.since ? person.since : known.since;
    merged.set(person.id, { ...known, doing, since });
  }
  return [...merged.values()].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
}
