import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { DecisionInput, VerdictInput } from '@qijian/domain/contract/api/reviews.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { SvelteMap } from 'svelte/reactivity';
import { call, ProblemError } from '#lib/api.ts';
import { inOrder, isFormer, pagesOf } from '#lib/features/documents/pages.ts';
import type { Session } from '#lib/features/shell/session.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { errorWords } from '#lib/problems.ts';
import { reasonText } from '#lib/reason-texts.ts';
import { toast } from '#lib/toasts.svelte.ts';
import type { Claim } from './claim.svelte.ts';
import { type Draft, draftOfPiece, EMPTY, type Region } from './drafts.ts';
import { KeyQueue } from './key-queue.ts';
import { Notes } from './notes.svelte.ts';
import { Painted } from './painted.ts';

/** Changes that an auditor must have seen before a decision. */
const CHANGES: ReadonlySet<string> = new Set([
  'document.added',
  'document.deleted',
  'document.restored',
  'document.moved',
  'document.reviewed',
  'document.review-undone',
  'customer.updated',
]);

const HEARD_WITHIN_MS = 3_000;

export type Decided = 'approved' | 'first-approved' | 'rejected' | 'returned';

/** What an auditor looks at, has said and is about to say of one file. */
export class Desk {
  current = $state<string | null>(null);
  pageIndex = $state(0);
  /** The piece whose reasons are open. */
  returning = $state<string | null>(null);
  /** What others changed since it was last looked at. */
  news = $state.raw<LiveEvent[]>([]);
  busy = $state(false);
  /** One's own last verdict, as long as it can be taken back with one key. */
  undoable = $state.raw<{ documents: Document[]; type: string } | null>(null);
  decided = $state<Decided | null>(null);
  readonly notes = new Notes();
  /** What keys and buttons ask for, in order: each finds the piece that the one before has gone on to. */
  readonly queue = new KeyQueue();
  readonly painted = new Painted();
  readonly #drafts = new SvelteMap<string, Draft>();
  /** The version of each document that has been on the screen. */
  readonly #seen = new Map<string, number>();
  /** One's own verdicts of which the events have not come yet, by document: the version they made. */
  readonly #unheard = new Map<string, number>();
  #onHeard = () => {};
  readonly #workspace: WorkspaceState;
  readonly #claim: Claim;
  readonly #session: Session;

  submittedAt = $derived.by(() => this.#workspace.customer.review?.submittedAt);
  items = $derived.by(() => [
    ...this.#workspace.required,
    ...this.#workspace.optional.filter((item) => this.documents(item.type).length > 0),
  ]);
  counts = $derived.by(() => {
    const all = this.items.flatMap((item) => this.documents(item.type));
    return {
      accepted: all.filter(({ verdict }) => verdict === 'accepted').length,
      rejected: this.rejected.length,
      open: all.filter(({ verdict }) => verdict === 'pending').length,
    };
  });
  /** What goes back; where something newer has come while the file is here, that is judged in its place. */
  rejected = $derived.by(() =>
    this.items
      .filter((item) => item.state === 'returned')
      .flatMap((item) => this.documents(item.type))
      .filter(({ verdict }) => verdict === 'rejected'),
  );
  isAllAccepted = $derived.by(
    () => this.counts.rejected === 0 && this.#workspace.required.every((item) => item.state === 'accepted'),
  );
  pages = $derived.by(() => (this.current ? pagesOf(this.documents(this.current)) : []));
  /** The document that is in view. */
  inView = $derived.by(() => {
    const id = this.pages[this.pageIndex]?.documentId;
    return this.#workspace.documents.find((document) => document.id === id) ?? null;
  });

  constructor(workspace: WorkspaceState, claim: Claim, session: Session) {
    this.#workspace = workspace;
    this.#claim = claim;
    this.#session = session;
    const first = this.items.find((item) =>
      this.documents(item.type).some((one) => one.verdict === 'pending'),
    );
    this.current = (first ?? this.items[0])?.type ?? null;
  }

  /** The documents of a type that are judged in this submission. */
  documents(type: string): Document[] {
    return inOrder(this.#workspace.ofType(type).filter((one) => !isFormer(one, this.submittedAt)));
  }

  /** Those that were returned earlier, the latest first. */
  former(type: string): Document[] {
    return inOrder(this.#workspace.ofType(type).filter((one) => isFormer(one, this.submittedAt))).reverse();
  }

  /** Uploaded while the file was with the auditors. */
  isNew(document: Document): boolean {
    return this.submittedAt !== undefined && document.createdAt > this.submittedAt;
  }

  /** What staff said of a type instead of sending it again. */
  excused(type: string): Customer['excusedTypes'][number] | undefined {
    return this.#workspace.customer.excusedTypes.find((excused) => excused.type === type);
  }

  isOwn(document: Document): boolean {
    return document.uploadedBy.kind === 'user' && document.uploadedBy.id === this.#session.user().id;
  }

  hasOwnUploads = $derived.by(() => this.#workspace.documents.some((document) => this.isOwn(document)));

  show(type: string, index = 0): void {
    this.current = type;
    this.pageIndex = index;
  }

  showDocument(document: Document): void {
    const index = pagesOf(this.documents(document.type)).findIndex((page) => page.documentId === document.id);
    this.show(document.type, Math.max(0, index));
  }

  /** What is on the screen has been looked at in this version. */
  looked(document: Document): void {
    if (!this.#seen.has(document.id)) this.#seen.set(document.id, document.version);
  }

  move(by: number): void {
    const at = this.items.findIndex((item) => item.type === this.current);
    const next = this.items[Math.max(0, Math.min(this.items.length - 1, at + by))];
    if (next) this.show(next.type);
    this.returning = null;
  }

  /** The pieces from the current one on, once around. */
  get #onwards(): CompletenessItem[] {
    const at = Math.max(
      0,
      this.items.findIndex((item) => item.type === this.current),
    );
    return [...this.items.slice(at), ...this.items.slice(0, at)];
  }

  #moveOn(): void {
    const [next] = this.#open();
    if (next) this.showDocument(next);
  }

  /** What is not judged yet, in the order in which it comes up. */
  #open(): Document[] {
    return this.#onwards.flatMap(({ type }) =>
      this.documents(type).filter(({ verdict }) => verdict === 'pending'),
    );
  }

  /** The page that comes up after the document in view has been judged. */
  nextPage = $derived.by(() => {
    const next = this.#open().find(({ id }) => id !== this.inView?.id);
    return next && (pagesOf([next])[0] ?? null);
  });

  /** What stands in the way of approving the file. */
  unapproved = $derived.by(() => this.#workspace.required.filter((item) => item.state !== 'accepted'));

  draft(type: string): Draft {
    return this.#drafts.get(type) ?? EMPTY;
  }

  /** Reads what an earlier page left unsaid; in the browser. */
  restoreDrafts(): void {
    for (const { type } of this.items) {
      const draft = { ...EMPTY, ...this.#kept(type).read() };
      if (draft.reasonCodes.length > 0 || draft.message || draft.region) this.#drafts.set(type, draft);
    }
  }

  write(type: string, change: Partial<Draft>): void {
    const draft = { ...this.draft(type), ...change };
    this.#drafts.set(type, draft);
    this.#kept(type).keep(draft);
  }

  #kept(type: string) {
    return draftOfPiece(this.#session.user().id, this.#workspace.customer.id, type);
  }

  #forget(type: string): void {
    this.#drafts.delete(type);
    this.#kept(type).drop();
  }

  /** The customer's sentence as it stands: written, or ready for the chosen reasons. */
  message(type: string): string {
    const { message, reasonCodes } = this.draft(type);
    return message ?? reasonCodes.map((code) => reasonText(code)).join('\n');
  }

  /** Opens the reasons of a piece, with what was said and noted of it before. */
  async openReturn(type: string): Promise<void> {
    if (this.current !== type) this.show(type);
    this.returning = type;
    const said = this.documents(type).find(({ verdict }) => verdict === 'rejected');
    if (!this.#drafts.has(type) && said) {
      this.write(type, {
        reasonCodes: (said.reasonCodes ?? []) as Draft['reasonCodes'],
        message: said.message ?? null,
        region: said.region ? { ...said.region, documentId: said.id } : null,
      });
      await this.notes.read(said);
      if (this.#drafts.get(type)?.privateNote === '') this.write(type, { privateNote: this.notes.of(said) });
    }
  }

  /**
   * Accepts the document in view and what else of its piece has been looked at; of another piece, the one that comes
   * into view. Waits until it is on the screen; false when it was not accepted.
   */
  async accept(type: string): Promise<boolean> {
    if (this.current !== type) {
      const open = this.documents(type).find(({ verdict }) => verdict === 'pending');
      if (open) this.showDocument(open);
      else this.show(type);
    }
    const shown = this.inView;
    if (!shown) return true;
    if (!(await this.#isPainted(shown))) return false;
    const documents = this.documents(type).filter(({ id, verdict }) =>
      id === shown.id ? verdict !== 'accepted' : verdict === 'pending' && this.painted.has(id),
    );
    return this.#judge(type, documents, () => ({ verdict: 'accepted' }));
  }

  /** Whether a document has been looked at, at the latest once its picture has come; else it is said. */
  async #isPainted({ id, state }: Document): Promise<boolean> {
    const isPainted = state !== 'failed' && (await this.painted.wait(id));
    if (isPainted === false) toast(m.desk_not_painted(), { tone: 'bad' });
    return isPainted === true && this.inView?.id === id;
  }

  /** Returns the document in view, or the marked one, with the reasons that are chosen. */
  async reject(type: string): Promise<boolean> {
    const draft = this.draft(type);
    const documents = this.documents(type);
    const { documentId, ...region } = draft.region ?? {};
    const marked = documents.find(({ id }) => id === documentId);
    const target = marked ?? documents.find(({ id }) => id === this.inView?.id) ?? documents[0];
    if (!target || draft.reasonCodes.length === 0) return false;
    return this.#judge(type, [target], () => ({
      verdict: 'rejected',
      reasonCodes: draft.reasonCodes,
      // What nobody wrote is left to the customer's page, which says the reasons in the customer's language.
      ...(draft.message?.trim() ? { message: draft.message.trim() } : {}),
      ...(draft.privateNote.trim() ? { privateNote: draft.privateNote } : {}),
      ...(marked ? { region: region as Region } : {}),
    }));
  }

  /** False when it was refused. */
  async #judge(
    type: string,
    documents: Document[],
    body: () => Omit<VerdictInput, 'version'>,
  ): Promise<boolean> {
    if (documents.length === 0) return true;
    if (this.busy) return false;
    if (this.hasNews(type)) {
      toast(m.desk_see_changes_first(), { tone: 'bad' });
      return false;
    }
    if (documents.some((document) => this.isOwn(document))) {
      toast(
        errorWords(
          new ProblemError({ type: 'own-upload', title: '', status: 403, detail: '', instance: '' }),
        ),
        {
          tone: 'bad',
        },
      );
      return false;
    }
    this.busy = true;
    const judged: Document[] = [];
    try {
      // Whoever judges has the file, so that everybody sees whose it is.
      if (!this.#claim.isMine) await this.#claim.take();
      if (!this.#claim.isMine) return false;
      for (const document of documents) {
        judged.push(
          await this.#say(document, (given) => call('POST /api/documents/:id/review', given), body()),
        );
      }
      this.#forget(type);
      this.returning = null;
      this.#moveOn();
      await this.#ownHeard();
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.busy = false;
      if (judged.length > 0) this.undoable = { documents: judged, type };
    }
  }

  /** Says something of a document in the version that was looked at. */
  async #say<Body extends object>(
    document: Document,
    say: (given: { params: { id: string }; body: Body & { version: number } }) => Promise<Document>,
    body: Body,
  ): Promise<Document> {
    const version = this.#seen.get(document.id) ?? document.version;
    const answer = await say({ params: { id: document.id }, body: { ...body, version } });
    this.#put(answer);
    return answer;
  }

  /** Takes one's own last verdict back. */
  async undo(): Promise<void> {
    const last = this.undoable;
    if (!last || this.busy) return;
    this.undoable = null;
    this.busy = true;
    try {
      for (const judged of last.documents)
        await this.#say(judged, (given) => call('POST /api/documents/:id/review/undo', given), {});
      const [first] = last.documents;
      if (first) this.showDocument(first);
      await this.#ownHeard();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.busy = false;
    }
  }

  /** Decides on the version that has been looked at; true when it was taken. */
  async decide(body: Omit<DecisionInput, 'version'>): Promise<boolean> {
    if (this.busy || this.news.length > 0) return false;
    this.busy = true;
    try {
      const { customer: of, seenVersion: version } = this.#workspace;
      const customer = await call('POST /api/customers/:id/decision', {
        params: { id: of.id },
        body: { version, ...body },
      });
      this.#workspace.take(customer);
      this.decided =
        body.decision === 'approve' && customer.status === 'reviewing'
          ? 'first-approved'
          : DECIDED[body.decision];
      this.undoable = null;
      for (const { type } of this.items) this.#forget(type);
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What a verdict has made of the file is here with its event: what is asked for next builds on that. */
  async #ownHeard(): Promise<void> {
    if (this.#unheard.size === 0) return;
    const isHeard = await new Promise<boolean>((resolve) => {
      this.#onHeard = () => resolve(true);
      setTimeout(() => resolve(false), HEARD_WITHIN_MS);
    });
    if (isHeard) return;
    // Events do not come at present: what is there is asked for.
    await this.#workspace.reload();
    this.#unheard.clear();
  }

  /** Follows the file: what others did waits to be seen, one's own and the system's work does not. */
  heard(event: LiveEvent): void {
    const isOwn = event.actor.id === this.#session.user().id;
    if ('document' in event.data) {
      const { document } = event.data;
      if (isOwn || event.actor.kind === 'system') this.#seen.set(document.id, document.version);
      if ((this.#unheard.get(document.id) ?? Number.POSITIVE_INFINITY) <= document.version) {
        this.#unheard.delete(document.id);
        if (this.#unheard.size === 0) this.#onHeard();
      }
      if (isOwn && this.undoable?.documents.every(({ id }) => id !== document.id)) this.undoable = null;
    }
    if (!isOwn && event.actor.kind !== 'system' && CHANGES.has(event.type)) this.news = [...this.news, event];
    this.pageIndex = Math.max(0, Math.min(this.pageIndex, this.pages.length - 1));
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

  #put(document: Document): void {
    // The event may have been faster than the answer.
    const known = this.#workspace.documents.find(({ id }) => id === document.id);
    this.#workspace.put(document);
    if ((known?.version ?? 0) < document.version) this.#unheard.set(document.id, document.version);
    this.#seen.set(document.id, document.version);
  }

  /** Refused because something changed: what is there now is shown, with what the events say of it; nothing written is lost. */
  #refused(error: unknown): void {
    toast(errorWords(error), { tone: 'bad', forMs: 8_000 });
    if (!(error instanceof ProblemError)) return;
    if (error.type === 'claim-lost') this.#claim.lost();
    const current = error.problem.current as Customer | Document | undefined;
    if (current && 'filename' in current) this.#workspace.put(current);
    else if (current) this.#workspace.take(current);
  }
}

const DECIDED = { approve: 'approved', reject: 'rejected', return: 'returned' } as const;
