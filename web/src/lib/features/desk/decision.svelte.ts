import type { DecisionInput } from '@qijian/domain/contract/api/reviews.ts';
import { call } from '#lib/api.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import type { DeskRequests } from './desk-requests.svelte.ts';

const DECIDED = { approve: 'approved', reject: 'rejected', return: 'returned' } as const;

export type Decided = 'first-approved' | (typeof DECIDED)[keyof typeof DECIDED];

/** One's own decision on a file, bound to the version of it that has been looked at. */
export class Decision {
  /** Null until it was taken. */
  made = $state<Decided | null>(null);
  readonly #workspace: WorkspaceState;
  readonly #requests: DeskRequests;

  constructor(workspace: WorkspaceState, requests: DeskRequests) {
    this.#workspace = workspace;
    this.#requests = requests;
  }

  /** True when it was taken. */
  make(body: Omit<DecisionInput, 'version'>): Promise<boolean> {
    return this.#requests.run(async () => {
      const { customer: of, seenVersion: version } = this.#workspace;
      const customer = await call('POST /api/customers/:id/decision', {
        params: { id: of.id },
        body: { version, ...body },
      });
      this.#workspace.take(customer);
      const isFirst = body.decision === 'approve' && customer.status === 'reviewing';
      this.made = isFirst ? 'first-approved' : DECIDED[body.decision];
    });
  }
}
