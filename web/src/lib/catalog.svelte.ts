import type { Checklist, DocumentTypeBody, DocumentTypeList } from '@qijian/domain/contract/api/catalog.ts';
import type { Person } from '@qijian/domain/contract/api/users.ts';
import { call } from './api.ts';
import { localized } from './locale.svelte.ts';

/** Names of document types, loan products and people, which nearly every screen needs. */
export class Catalog {
  types = $state.raw<DocumentTypeBody[]>([]);
  checklists = $state.raw<Checklist[]>([]);
  people = $state.raw<Person[]>([]);
  /** Where the catalog stood when the page began. */
  readonly head: DocumentTypeList['head'];
  #asked = 0;
  #peopleAt = Date.now();

  constructor(initial: Awaited<ReturnType<typeof loadCatalog>>) {
    this.head = initial.head;
    this.types = initial.types;
    this.checklists = initial.checklists;
    this.people = initial.people;
  }

  /** Reads everything again, after it changed. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const next = await loadCatalog();
    // A later request has the newer answer.
    if (asked !== this.#asked) return;
    this.types = next.types;
    this.checklists = next.checklists;
    this.people = next.people;
  }

  /** Reads the people again when they were read a while ago: somebody may have come or gone. */
  async refreshPeople(maxAgeMs: number): Promise<void> {
    if (Date.now() - this.#peopleAt < maxAgeMs) return;
    this.#peopleAt = Date.now();
    this.people = (await call('GET /api/people')).items;
  }

  typeName = (code: string): string => localized(this.types.find((type) => type.code === code)?.name) || code;
  productName = (code: string | null): string =>
    code ? localized(this.checklists.find((checklist) => checklist.product === code)?.name) || code : '—';
  personName = (id: string | null): string =>
    this.people.find((person) => person.id === id)?.displayName ?? '';
}

export async function loadCatalog(fetch?: typeof globalThis.fetch) {
  const options = fetch ? { fetch } : {};
  const [types, checklists, people] = await Promise.all([
    call('GET /api/document-types', options),
    call('GET /api/checklists', options),
    call('GET /api/people', options),
  ]);
  // The catalog changed between the two answers: read it again.
  const head = types.head.seq < checklists.head.seq ? types.head : checklists.head;
  return { types: types.items, checklists: checklists.items, people: people.items, head };
}
