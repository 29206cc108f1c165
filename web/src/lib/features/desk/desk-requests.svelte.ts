import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import { ProblemError } from '#lib/api.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';
import type { Claim } from './claim.svelte.ts';

/** What an auditor asks of the server about a file: one thing at a time. */
export class DeskRequests {
  busy = $state(false);
  readonly #workspace: WorkspaceState;
  readonly #claim: Claim;

  constructor(workspace: WorkspaceState, claim: Claim) {
    this.#workspace = workspace;
    this.#claim = claim;
  }

  /** False when another is under way, or it was refused. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      return (await work()) !== false;
    } catch (error) {
      this.#showRefusal(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Refused because something changed: what is there now is shown, with what the events say of it; nothing written is lost. */
  #showRefusal(error: unknown): void {
    toast(errorWords(error), { tone: 'bad', forMs: 8_000 });
    if (!(error instanceof ProblemError)) return;
    const current = error.problem.current as Customer | Document | undefined;
    if (current && 'filename' in current) this.#workspace.put(current);
    else if (current) this.#workspace.take(current);
    if (error.type === 'claim-lost') this.#claim.lost();
  }
}
