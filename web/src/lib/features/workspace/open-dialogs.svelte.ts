import type { Document } from '@qijian/domain/contract/api/documents.ts';

/** What is open over a customer's page. */
export class OpenDialogs {
  /** The document that is looked at, beside the version before it or alone. */
  documentId = $state<string | null>(null);
  comparing = $state(false);
  moving = $state.raw<Document | null>(null);
  /** The type of which all files are listed. */
  listed = $state<string | null>(null);
  editing = $state(false);
  deleting = $state(false);
  reopening = $state(false);
  /** The type of which is being said why nothing new is needed. */
  excusing = $state<string | null>(null);
  inviting = $state(false);
  handing = $state(false);

  look(document: Document, comparing = false): void {
    this.comparing = comparing;
    this.documentId = document.id;
  }
}
