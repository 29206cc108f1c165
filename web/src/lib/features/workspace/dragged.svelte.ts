import type { Document } from '@qijian/domain/contract/api/documents.ts';

/** The document that is being dragged to another place; what a drag carries can only be read when it is let go. */
export const dragged = $state<{ document: Document | null }>({ document: null });
