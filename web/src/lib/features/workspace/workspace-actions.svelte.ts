import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { mayTakeOut } from '@qijian/domain/rules/customer-states.ts';
import { may } from '@qijian/domain/rules/permissions.ts';
import { call, ProblemError } from '#lib/api.ts';
import type { Session } from '#lib/features/shell/session.ts';
import { m } from '#lib/paraglide/messages.js';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';
import type { WorkspaceState } from './workspace.svelte.ts';

const UNDO_MS = 10_000;

/** What a person can do to the customer and its documents; each failure is said, and nothing on the screen is lost. */
export class WorkspaceActions {
  busy = $state(false);
  readonly #workspace: WorkspaceState;
  readonly #session: Session;

  constructor(workspace: WorkspaceState, session: Session) {
    this.#workspace = workspace;
    this.#session = session;
  }

  /** False when it was not taken. */
  command(name: 'submit' | 'withdraw' | 'reopen', body: { reason?: string } = {}): Promise<boolean> {
    return this.#take(call(`POST /api/customers/:id/${name}`, { params: this.#params, body }));
  }

  /** Says that a type need not come, or takes that back; false when it was not taken. */
  waive(body: { type: string; waived: boolean; reason?: string }): Promise<boolean> {
    return this.#take(call('POST /api/customers/:id/waive', { params: this.#params, body }));
  }

  get #params() {
    return { id: this.#workspace.customer.id };
  }

  /** Shows the customer that a command answers; each failure is said. */
  async #take(asked: Promise<Customer>): Promise<boolean> {
    this.busy = true;
    try {
      this.#workspace.take(await asked);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.problem.current)
        this.#workspace.take(error.problem.current as Customer);
      toast(this.#words(error), { tone: 'bad' });
      return false;
    } finally {
      this.busy = false;
    }
  }

  async restoreCustomer(): Promise<void> {
    await this.#try(async () => {
      this.#workspace.take(await call('POST /api/customers/:id/restore', { params: this.#params }));
      this.#workspace.isDeleted = false;
    });
  }

  /** Gone at once; back with undo, or when the server refuses. */
  async remove(document: Document): Promise<void> {
    const params = { id: document.id };
    this.#workspace.drop(document.id);
    try {
      await call('DELETE /api/documents/:id', { params });
    } catch (error) {
      this.#workspace.put(document);
      toast(errorWords(error), { tone: 'bad' });
      return;
    }
    const undo = () => void this.#change(() => call('POST /api/documents/:id/restore', { params }));
    toast(m.document_deleted({ filename: document.filename }), {
      forMs: UNDO_MS,
      action: { label: m.undo(), key: 'z', run: undo },
    });
  }

  async retry(document: Document): Promise<void> {
    await this.#change(() => call('POST /api/documents/:id/retry', { params: { id: document.id } }));
  }

  /** The pages that have arrived are all of them. */
  async settle(document: Document): Promise<void> {
    await this.#try(async () => {
      this.#workspace.settle(await call('POST /api/documents/:id/settle', { params: { id: document.id } }));
    });
  }

  async move(document: Document, type: string): Promise<void> {
    const from = document.type;
    const to = (place: string) =>
      this.#change(() =>
        call('PATCH /api/documents/:id', { params: { id: document.id }, body: { type: place } }),
      );
    if (!(await to(type))) return;
    toast(m.document_moved({ filename: document.filename, name: this.#session.catalog.typeName(type) }), {
      forMs: UNDO_MS,
      action: { label: m.undo(), key: 'z', run: () => void to(from) },
    });
  }

  mayDelete(document: Document): boolean {
    const { role, id } = this.#session.user();
    const any = may(role, 'documents.delete-any');
    const isOwn = may(role, 'documents.delete-own') && document.uploadedBy.id === id;
    return (any || isOwn) && this.#mayTakeOut(document, any);
  }

  /** Own documents that nobody has reviewed yet. */
  mayMove(document: Document): boolean {
    return document.verdict === 'pending' && this.mayDelete(document);
  }

  #mayTakeOut({ verdict, createdAt }: Document, judgedToo: boolean): boolean {
    const { status, review } = this.#workspace.customer;
    const submittedAt = review ? Date.parse(review.submittedAt) : null;
    const file = { status, submittedAt };
    return (
      !this.#workspace.isDeleted &&
      mayTakeOut({ verdict, createdAt: Date.parse(createdAt) }, file, { judgedToo })
    );
  }

  async #change(ask: () => Promise<Document>): Promise<boolean> {
    return this.#try(async () => this.#workspace.put(await ask()));
  }

  /** Whether it went well. */
  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      toast(errorWords(error), { tone: 'bad' });
      return false;
    }
  }

  /** What is missing is named: every no has a next step. */
  #words(error: unknown): string {
    const { type, missing } = error instanceof ProblemError ? error.problem : {};
    if (!missing) return errorWords(error);
    const list = missing.map(this.#session.catalog.typeName).join(m.list_comma());
    return type === 'being-checked'
      ? m.submit_checking({ list })
      : m.submit_blocked({ count: missing.length, list });
  }
}
