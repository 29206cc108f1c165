import type { Notification } from '@qijian/domain/contract/api/notifications.ts';
import type { QueueRowBody } from '@qijian/domain/contract/api/review-queue.ts';
import { call } from '#lib/api.ts';
import { notifications } from '#lib/features/notifications/notifications.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { errorWords } from '#lib/problems.ts';
import { toast } from '#lib/toasts.svelte.ts';
import { goto } from '$app/navigation';
import { claimFile, currentOf, releaseFile } from './claim-file.ts';
import type { Queue } from './queue.svelte.ts';

/** What an auditor does with the files of the queue, one at a time; what is refused shows how the file stands now. */
export class QueueActions {
  busy = $state(false);
  readonly #queue: Queue;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Whether it is one's own now. */
  async claim(row: QueueRowBody): Promise<boolean> {
    if (this.#queue.hasApproved(row)) {
      toast(m.problem_second_auditor_needed());
      return false;
    }
    return this.#try(
      async () => this.#queue.take(await claimFile(row.customer)),
      (error) => {
        const holder = currentOf(error)?.claimedBy;
        return holder ? m.queue_was_faster({ name: holder.displayName }) : errorWords(error);
      },
    );
  }

  /** Opens the file, claimed where that can be; else to look at. */
  async open(row: QueueRowBody): Promise<void> {
    const isMine = this.#queue.isMine(row.customer.id);
    if (!isMine && (row.claim || this.#queue.hasApproved(row))) return this.look(row);
    if (isMine || (await this.claim(row))) await goto(`/review/${row.customer.id}`);
  }

  look(row: QueueRowBody): Promise<void> {
    return goto(`/review/${row.customer.id}?look=1`);
  }

  /** The next file by urgency that nobody has. */
  async next(): Promise<void> {
    await this.#try(async () => {
      const { customerId } = await call('POST /api/review-queue/next');
      await goto(`/review/${customerId}`);
    });
  }

  /** Asks whoever has the file to hand it over. */
  async request({ customer }: QueueRowBody): Promise<void> {
    await this.#try(async () => {
      const { holder } = await call('POST /api/customers/:id/claim/request', {
        params: { id: customer.id },
      });
      toast(m.desk_requested_from({ name: holder.displayName }));
    });
  }

  async takeOver({ customer }: QueueRowBody): Promise<void> {
    await this.#try(async () =>
      this.#queue.take(await call('POST /api/customers/:id/claim/takeover', { params: { id: customer.id } })),
    );
  }

  async release({ customer }: QueueRowBody): Promise<void> {
    await this.#try(async () => this.#queue.take(await releaseFile(customer)));
  }

  /** Hands one's own file to the colleague who asks for it. */
  async grant({ id, customer, actor }: Notification): Promise<void> {
    const { id: userId } = actor;
    if (!userId) return;
    await this.#try(async () => {
      const given = { params: { id: customer.id }, body: { userId } };
      this.#queue.take(await call('POST /api/customers/:id/claim/grant', given));
      await notifications.read({ ids: [id] });
    });
  }

  /** Answers the colleague who asks with no. */
  async declineRequest({ id }: Notification): Promise<void> {
    await this.#try(() => notifications.read({ ids: [id] }));
  }

  async #try(work: () => Promise<void>, words: (error: unknown) => string = errorWords): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      const current = currentOf(error);
      if (current) this.#queue.take(current);
      toast(words(error), { tone: 'bad' });
      return false;
    } finally {
      this.busy = false;
    }
  }
}
