import { isUnreachable, ProblemError } from './api.ts';

/** Something a person wrote while the server was not reached; the request is complete and carries its own key. */
export interface Change {
  /** The idempotency key: however often it is sent, it is done once. */
  id: string;
  customerId: string;
  /** The customer's name and what is to change, in words. */
  customer: string;
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
  method: 'POST' | 'PATCH';
  path: string;
  body: Record<string, unknown>;
  /** A colleague changed the same meanwhile: the person decides. */
  contested?: { by: string | null; version: number };
  /** The server will not take it as it is: a problem code. */
  refused?: string;
}

interface Io {
  send(change: Change): Promise<void>;
  store(changes: Change[]): void;
}

/** Changes that wait for the connection: kept in order, sent once, never dropped without a person's word. */
export class WaitingChanges {
  #list: Change[] = [];
  #sending: Promise<void> | null = null;
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  get list(): readonly Change[] {
    return this.#list;
  }

  /** What an earlier page of this tab left. */
  restore(changes: Change[]): void {
    this.#list = changes;
    this.#io.store(this.#list);
  }

  /** Fields of one customer changed twice are one change, as old as the first: nothing newer was seen in between. */
  add(change: Change): void {
    const earlier = this.#list.find(
      (known) => known.method === 'PATCH' && known.path === change.path && this.#isOpen(known),
    );
    if (change.method !== 'PATCH' || !earlier) {
      this.#set([...this.#list, change]);
      return;
    }
    const { version } = earlier.body;
    this.#replace(earlier.id, { ...change, body: { ...earlier.body, ...change.body, version } });
  }

  drop(id: string): void {
    this.#set(this.#list.filter((known) => known.id !== id));
  }

  /** The person has seen that a colleague changed the same, and wants the own. */
  insist(id: string): void {
    const change = this.#list.find((known) => known.id === id);
    if (!change?.contested) return;
    const { contested, ...rest } = change;
    this.#replace(id, { ...rest, body: { ...rest.body, version: contested.version } });
  }

  /** Sends what is open, in order, as far as the connection holds; a second call joins the first. */
  send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let change = this.#next(); change; change = this.#next()) {
      const { id } = change;
      try {
        await this.#io.send(change);
        this.drop(id);
      } catch (error) {
        if (!(error instanceof ProblemError) || isUnreachable(error) || isPassing(error)) return;
        const current = error.problem.current as { version: number; updatedBy: string | null } | undefined;
        if (error.type === 'version-conflict' && current)
          this.#replace(id, { ...change, contested: { by: current.updatedBy, version: current.version } });
        else this.#replace(id, { ...change, refused: error.type });
      }
    }
  }

  #next(): Change | undefined {
    return this.#list.find((change) => this.#isOpen(change));
  }
  #isOpen(change: Change): boolean {
    return !change.contested && !change.refused;
  }
  #replace(id: string, by: Change): void {
    this.#set(this.#list.map((known) => (known.id === id ? by : known)));
  }
  #set(list: Change[]): void {
    this.#list = list;
    this.#io.store(list);
  }
}

/** The server is there and says: not now. */
const isPassing = ({ problem: { status } }: ProblemError): boolean =>
  status >= 500 || status === 429 || status === 401;
