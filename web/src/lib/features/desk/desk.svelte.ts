import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { DecisionInput } from '@qijian/domain/contract/api/reviews.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { inOrder, isFormer, pagesOf } from '#lib/features/documents/pages.ts';
import type { Session } from '#lib/features/shell/session.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { toast } from '#lib/toasts.svelte.ts';
import type { Claim } from './claim.svelte.ts';
import { Decision } from './decision.svelte.ts';
import { DeskRequests } from './desk-requests.svelte.ts';
import { KeyQueue } from './key-queue.ts';
import { PaintedDocuments } from './painted-documents.ts';
import { type PieceDraft, PieceDrafts, type Region } from './piece-drafts.svelte.ts';
import { VerdictNotes } from './verdict-notes.svelte.ts';
import { Verdicts } from './verdicts.svelte.ts';

/** What an auditor looks at of one file, piece by piece, and does with what is in view. */
export class Desk {
  current = $state<string | null>(null);
  pageIndex = $state(0);
  /** The piece whose reasons are open. */
  returning = $state<string | null>(null);
  readonly notes = new VerdictNotes();
  /** What keys and buttons ask for, in order: each finds the piece that the one before has gone on to. */
  readonly queue = new KeyQueue();
  readonly painted = new PaintedDocuments();
  readonly drafts: PieceDrafts;
  readonly verdicts: Verdicts;
  readonly decision: Decision;
  readonly #requests: DeskRequests;
  readonly #workspace: WorkspaceState;

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
    const { id } = session.user();
    this.#workspace = workspace;
    this.#requests = new DeskRequests(workspace, claim);
    this.drafts = new PieceDrafts(id, workspace.customer.id);
    this.verdicts = new Verdicts(workspace, claim, this.#requests, id);
    this.decision = new Decision(workspace, this.#requests);
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

  hasOwnUploads = $derived.by(() =>
    this.#workspace.documents.some((document) => this.verdicts.isOwn(document)),
  );

  get busy(): boolean {
    return this.#requests.busy;
  }

  show(type: string, index = 0): void {
    this.current = type;
    this.pageIndex = index;
  }

  showDocument(document: Document): void {
    const index = pagesOf(this.documents(document.type)).findIndex((page) => page.documentId === document.id);
    this.show(document.type, Math.max(0, index));
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

  /** Reads what an earlier page left unsaid; in the browser. */
  restoreDrafts(): void {
    this.drafts.restore(this.items.map(({ type }) => type));
  }

  /** Opens the reasons of a piece, with what was said and noted of it before. */
  async openReturn(type: string): Promise<void> {
    if (this.current !== type) this.show(type);
    this.returning = type;
    const said = this.documents(type).find(({ verdict }) => verdict === 'rejected');
    if (!this.drafts.has(type) && said) {
      this.drafts.write(type, {
        reasonCodes: (said.reasonCodes ?? []) as PieceDraft['reasonCodes'],
        message: said.message ?? null,
        region: said.region ? { ...said.region, documentId: said.id } : null,
      });
      await this.notes.read(said);
      if (this.drafts.of(type).privateNote === '')
        this.drafts.write(type, { privateNote: this.notes.of(said) });
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
    return this.#judge(type, documents, { verdict: 'accepted' });
  }

  /** Whether a document has been looked at, at the latest once its picture has come; else it is said. */
  async #isPainted({ id, state }: Document): Promise<boolean> {
    const isPainted = state !== 'failed' && (await this.painted.wait(id));
    if (isPainted === false) toast(m.desk_not_painted(), { tone: 'bad' });
    return isPainted === true && this.inView?.id === id;
  }

  /** Returns the document in view, or the marked one, with the reasons that are chosen. */
  async reject(type: string): Promise<boolean> {
    const draft = this.drafts.of(type);
    const documents = this.documents(type);
    const { documentId, ...region } = draft.region ?? {};
    const marked = documents.find(({ id }) => id === documentId);
    const target = marked ?? documents.find(({ id }) => id === this.inView?.id) ?? documents[0];
    if (!target || draft.reasonCodes.length === 0) return false;
    return this.#judge(type, [target], {
      verdict: 'rejected',
      reasonCodes: draft.reasonCodes,
      // Left empty: the customer's page words the reasons in the customer's language.
      ...(draft.message?.trim() ? { message: draft.message.trim() } : {}),
      ...(draft.privateNote.trim() ? { privateNote: draft.privateNote } : {}),
      ...(marked ? { region: region as Region } : {}),
    });
  }

  #judge(type: string, documents: Document[], body: Parameters<Verdicts['judge']>[2]): Promise<boolean> {
    return this.verdicts.judge(type, documents, body, () => {
      this.drafts.forget(type);
      this.returning = null;
      this.#moveOn();
    });
  }

  /** Takes one's own last verdict back, and shows what it was about. */
  undo(): Promise<void> {
    return this.verdicts.undo((document) => this.showDocument(document));
  }

  /** Decides on the version that has been looked at; true when it was taken. */
  async decide(body: Omit<DecisionInput, 'version'>): Promise<boolean> {
    if (this.verdicts.news.length > 0 || !(await this.decision.make(body))) return false;
    this.verdicts.undoable = null;
    for (const { type } of this.items) this.drafts.forget(type);
    return true;
  }

  heard(event: LiveEvent): void {
    this.verdicts.heard(event);
    this.pageIndex = Math.max(0, Math.min(this.pageIndex, this.pages.length - 1));
  }
}
