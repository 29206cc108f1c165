import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { call } from '#lib/api.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { problemWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';
import type { Claim } from './claim.svelte.ts';
import type { DeskRequests } from './desk-requests.svelte.ts';

/** Changes that an auditor must have seen before a verdict on them, and before a decision. */
const TO_BE_SEEN: ReadonlySet<string> = new Set([
  'document.added',
  'document.deleted',
  'document.restored',
  'document.moved',
  'document.reviewed',
  'document.review-undone',
  'customer.updated',
]);

const HEARD_WITHIN_MS = 3_000;

/** What an auditor says of documents, each in the version that was looked at, and what others change meanwhile. */
export class Verdicts {
  /** What others changed since it was last looked at. */
  news = $state.raw<LiveEvent[]>([]);
  /** One's own last verdict, as long as it can be taken back with one key. */
  undoable = $state.raw<{ documents: Document[]; type: string } | null>(null);
  /** The version of each document that has been on the screen. */
  readonly #seen = new Map<string, number>();
  /** One's own verdicts of which the events have not come yet, by document: the version they made. */
  readonly #unheard = new Map<string, number>();
  #onHeard = () => {};
  readonly #workspace: WorkspaceState;
  readonly #claim: Claim;
  readonly #requests: DeskRequests;
  readonly #ownId: string;

  constructor(workspace: WorkspaceState, claim: Claim, requests: DeskRequests, ownId: string) {
    this.#workspace = workspace;
    this.#claim = claim;
    this.#requests = requests;
    this.#ownId = ownId;
  }

  isOwn(document: Document): boolean {
    return document.uploadedBy.kind === 'user' && document.uploadedBy.id === this.#ownId;
  }

  /** What is on the screen has been looked at in this version. */
  looked(document: Document): void {
    if (!this.#seen.has(document.id)) this.#seen.set(document.id, document.version);
  }

  /** Says the same of these documents of one type; false when it was refused. `onSaid` goes on before the events come. */
  judge(
    type: string,
    documents: Document[],
    body: Omit<VerdictInput, 'version'>,
    onSaid: () => void,
  ): Promise<boolean> {
    if (documents.length === 0) return Promise.resolve(true);
    return this.#requests.run(async () => {
      const why = this.#whyNot(type, documents);
      if (why) toast(why, { tone: 'bad' });
      if (why) return false;
      // A verdict claims the file, so that everybody sees whose it is.
      if (!this.#claim.isMine) await this.#claim.take();
      if (!this.#claim.isMine) return false;
      const judged: Document[] = [];
      try {
        for (const document of documents)
          judged.push(
            await this.#say(document, (version) =>
              call('POST /api/documents/:id/review', {
                params: { id: document.id },
                body: { ...body, version },
              }),
            ),
          );
        onSaid();
        await this.#ownHeard();
      } finally {
        if (judged.length > 0) this.undoable = { documents: judged, type };
      }
      return true;
    });
  }

  #whyNot(type: string, documents: Document[]): string | null {
    if (this.hasNews(type)) return m.desk_see_changes_first();
    return documents.some((document) => this.isOwn(document)) ? problemWords('own-upload') : null;
  }

  /** Takes one's own last verdict back. */
  async undo(onTaken: (document: Document) => void): Promise<void> {
    const last = this.undoable;
    if (!last || this.#requests.busy) return;
    this.undoable = null;
    await this.#requests.run(async () => {
      for (const { id, version: judged } of last.documents)
        await this.#say({ id, version: judged }, (version) =>
          call('POST /api/documents/:id/review/undo', { params: { id }, body: { version } }),
        );
      const [first] = last.documents;
      if (first) onTaken(first);
      await this.#ownHeard();
    });
  }

  /** Says something of a document in the version that was looked at. */
  async #say(
    { id, version }: Pick<Document, 'id' | 'version'>,
    say: (version: number) => Promise<Document>,
  ): Promise<Document> {
    const answer = await say(this.#seen.get(id) ?? version).catch((error) => {
      // Take the version from the document again, whether or not an event says what changed.
      this.#seen.delete(id);
      throw error;
    });
    // The event may have overtaken the answer.
    const known = this.#workspace.documents.find((document) => document.id === id);
    this.#workspace.put(answer);
    if ((known?.version ?? 0) < answer.version) this.#unheard.set(id, answer.version);
    this.#seen.set(id, answer.version);
    return answer;
  }

  /** What a verdict has made of the file is here with its event: what is asked for next builds on that. */
  async #ownHeard(): Promise<void> {
    if (this.#unheard.size === 0) return;
    const isHeard = await new Promise<boolean>((resolve) => {
      this.#onHeard = () => resolve(true);
      setTimeout(() => resolve(false), HEARD_WITHIN_MS);
    });
    if (isHeard) return;
    this.#unheard.clear();
    // Not live at present, so read the workspace; the verdict stands even if that fails.
    await this.#workspace.reload().catch(() => {});
  }

  /** Follows the file: what others did waits to be seen, one's own and the system's work does not. */
  heard(event: LiveEvent): void {
    const isOwn = event.actor.id === this.#ownId;
    const isSystem = event.actor.kind === 'system';
    if ('document' in event.data) {
      const { id, version } = event.data.document;
      if (isOwn || isSystem) this.#seen.set(id, version);
      if ((this.#unheard.get(id) ?? Number.POSITIVE_INFINITY) <= version) {
        this.#unheard.delete(id);
        if (this.#unheard.size === 0) this.#onHeard();
      }
      if (isOwn && this.undoable?.documents.every((judged) => judged.id !== id)) this.undoable = null;
    }
    // The stream restarts at the snapshot, which may be older than what is applied already.
    const isNews = TO_BE_SEEN.has(event.type) && !this.news.some(({ id }) => id === event.id);
    if (isNews && !isOwn && !isSystem) this.news = [...this.news, event];
  }

  /** Whether somebody changed this piece since it was looked at. */
  hasNews(type: string): boolean {
    return this.news.some(({ data }) => 'document' in data && data.document.type === type);
  }

  /** The changes have been seen. */
  acknowledge(): void {
    this.news = [];
    for (const { id, version } of this.#workspace.documents)
      if (this.#seen.has(id)) this.#seen.set(id, version);
  }
}
