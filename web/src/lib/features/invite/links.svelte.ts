import type { CreatedLinkAnswer, UploadLink } from '@qijian/domain/contract/api/links.ts';
import type { LiveEvent } from '@qijian/domain/contract/live-events.ts';
import { call } from '#lib/api.ts';

/** The upload links of one customer, and the addresses this page was given: nobody is given one twice. */
export class Links {
  list = $state.raw<UploadLink[]>([]);
  /** How long a link lives when nobody says otherwise. */
  defaultHours = $state(72);
  /** Address by link id, for as long as this page lives. */
  readonly addresses = $state<Record<string, string>>({});
  readonly customerId: string;
  /** The one that works now, the newest if there are several. */
  active = $derived(this.list.find((link) => link.state === 'active'));
  latest = $derived(this.list.find((link) => link.replacedBy === null) ?? this.list[0]);

  constructor(customerId: string) {
    this.customerId = customerId;
  }

  async load(): Promise<void> {
    const { items, expiresInHours } = await call('GET /api/customers/:id/links', {
      params: { id: this.customerId },
    });
    this.list = items;
    this.defaultHours = expiresInHours;
  }

  async create(input: { label?: string; expiresInHours?: number }): Promise<void> {
    this.#given(
      await call('POST /api/customers/:id/links', { params: { id: this.customerId }, body: input }),
    );
  }

  async reissue(id: string): Promise<void> {
    this.#given(await call('POST /api/links/:id/reissue', { params: { id }, body: {} }));
    await this.load();
  }

  async revoke(id: string): Promise<void> {
    await call('DELETE /api/links/:id', { params: { id } });
    await this.load();
  }

  apply(event: LiveEvent): void {
    if (!('link' in event.data)) return;
    const { link } = event.data;
    this.list = [link, ...this.list.filter(({ id }) => id !== link.id)].sort((a, b) =>
      b.createdAt.localeCompare(a.createdAt),
    );
  }

  #given({ url, ...link }: CreatedLinkAnswer): void {
    if (url) this.addresses[link.id] = url;
    this.list = [link, ...this.list.filter(({ id }) => id !== link.id)];
  }
}
