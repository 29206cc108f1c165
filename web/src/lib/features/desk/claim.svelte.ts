import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { call, ProblemError } from '#lib/api.ts';
import { notifications } from '#lib/features/notifications/notifications.svelte.ts';
import { claimFile, currentOf, releaseFile } from '#lib/features/review-queue/claim-file.ts';
import type { Session } from '#lib/features/shell/session.ts';
import type { WorkspaceState } from '#lib/features/workspace/workspace.svelte.ts';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';

const BEATS_PER_LEASE = 3;
const FIRST_LEASE_SECONDS = 90;

/** One's claim on the file that is open: taken, kept by heartbeats, asked for, handed over, lost. */
export class Claim {
  /** It was one's own and is so no longer, for another reason than one's own decision. */
  isLost = $state(false);
  /** Who ended it, when nobody has it now; empty when time did. */
  endedBy = $state('');
  busy = $state(false);
  /** It is not one's own, and is not being taken at this moment: it was not to be, was refused, or was given back. */
  isOnlyLooking = $state(false);
  /** Since when the file is one's own, as far as this page knows. */
  since = $state<number | null>(null);
  readonly #workspace: WorkspaceState;
  readonly #session: Session;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #taking: Promise<void> | null = null;
  /** Whether the desk is open on the file: nothing else keeps the claim. */
  #isAtDesk = false;
  /** Counts heartbeats: what is answered to an earlier one is not true any more. */
  #beats = 0;

  holder = $derived.by(() => this.#workspace.customer.claimedBy);
  isMine = $derived.by(
    () =>
      this.#workspace.customer.status === 'reviewing' &&
      this.holder?.id === this.#session.user().id &&
      !this.isLost,
  );
  isTaken = $derived(this.holder !== null && !this.isMine);
  /** A colleague who asks to take over. */
  request = $derived.by(() => notifications.claimRequest((id) => this.isMine && id === this.#id));

  constructor(workspace: WorkspaceState, session: Session) {
    this.#workspace = workspace;
    this.#session = session;
  }

  /** Takes the file; a second call joins the first. */
  take(): Promise<void> {
    this.#taking ??= this.#try(async () => this.#have(await claimFile(this.#workspace.customer))).finally(
      () => {
        this.#taking = null;
        this.isOnlyLooking = !this.isMine;
      },
    );
    return this.#taking;
  }

  async takeOver(): Promise<void> {
    await this.#try(async () =>
      this.#have(await call('POST /api/customers/:id/claim/takeover', { params: this.#params })),
    );
  }

  /** Asks the holder; resolves to the holder's name, or null when that was not possible. */
  async ask(): Promise<string | null> {
    let name: string | null = null;
    await this.#try(async () => {
      const { holder } = await call('POST /api/customers/:id/claim/request', { params: this.#params });
      name = holder.displayName;
    });
    return name;
  }

  /** Hands the file to whoever asked for it. */
  async grant(): Promise<void> {
    const { request } = this;
    if (!request?.actor.id) return;
    const userId = request.actor.id;
    await this.#try(async () => {
      const given = { params: this.#params, body: { userId } };
      this.#workspace.take(await call('POST /api/customers/:id/claim/grant', given));
      this.#end();
      await notifications.read({ ids: [request.id] });
    });
  }

  /** Answers the colleague who asks with no. */
  async declineRequest(): Promise<void> {
    const { request } = this;
    if (request) await this.#try(() => notifications.read({ ids: [request.id] }));
  }

  /** Gives the file back for others to take. */
  async release(): Promise<void> {
    await this.#try(async () => {
      this.#workspace.take(await releaseFile(this.#workspace.customer));
      this.#end();
    });
  }

  /** Follows what the events of the file say of the claim. */
  heard(event: LiveEvent): void {
    const own = this.#session.user().id;
    if (event.type === 'customer.claimed') {
      const { data } = event as LiveEvent<'customer.claimed'>;
      // It may have been released since, with the faster answer.
      if (data.customer.revision < this.#workspace.customer.revision) return;
      if (data.customer.claimedBy?.id === own) this.#have(data.customer);
      else if (event.actor.id === own) this.#end();
      else if (data.from?.id === own || this.since !== null) this.#lose();
    }
    if (event.type === 'customer.released') {
      const { data } = event as LiveEvent<'customer.released'>;
      if (data.from?.id === own && event.actor.id !== own)
        this.#lose(data.reason === 'expired' ? '' : event.actor.name);
      else this.#end();
    }
  }

  /** Somebody else, or time, has ended it: also what an answer to a command says. */
  lost(): void {
    this.#lose();
  }

  /** Looks after the lease until the answer is called. */
  start(): () => void {
    this.#isAtDesk = true;
    const onVisible = () => {
      if (document.visibilityState === 'visible' && this.isMine) void this.#beat();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      this.#isAtDesk = false;
    };
  }

  get #id(): string {
    return this.#workspace.customer.id;
  }

  get #params() {
    return { id: this.#id };
  }

  #have(customer: Customer): void {
    this.#workspace.take(customer);
    this.isLost = false;
    this.isOnlyLooking = false;
    this.since ??= Date.now();
    void this.#beat();
  }

  #end(): void {
    this.#stopBeats();
    this.since = null;
    this.isOnlyLooking = true;
  }

  #lose(endedBy = ''): void {
    if (this.since !== null) this.isLost = true;
    this.endedBy = endedBy;
    this.#end();
  }

  #stopBeats(): void {
    clearTimeout(this.#timer);
    this.#beats += 1;
  }

  async #beat(): Promise<void> {
    if (!this.#isAtDesk) return;
    this.#stopBeats();
    const beat = this.#beats;
    let leaseSeconds = FIRST_LEASE_SECONDS;
    try {
      ({ leaseSeconds } = await call('POST /api/customers/:id/claim/heartbeat', {
        params: this.#params,
      }));
    } catch (error) {
      if (beat !== this.#beats) return;
      if (error instanceof ProblemError && error.type === 'claim-lost') {
        this.#workspace.take(currentOf(error) as Customer);
        this.#lose();
        return;
      }
      // Not reached: the lease may still hold; the next heartbeat will tell.
      leaseSeconds = 15;
    }
    if (beat !== this.#beats) return;
    this.#timer = setTimeout(() => void this.#beat(), (leaseSeconds * 1000) / BEATS_PER_LEASE);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await work();
    } catch (error) {
      const current = currentOf(error);
      if (current) this.#workspace.take(current);
      toast(errorWords(error), { tone: 'bad' });
    } finally {
      this.busy = false;
    }
  }
}
