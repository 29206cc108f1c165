import type { Catalog } from '#lib/catalog.svelte.ts';
import type { WorkspaceState } from './workspace.svelte.ts';

/** An administrator changed document types or checklists: what is required of the customer may be another thing now. */
export function followCatalog(catalog: Catalog, workspace: WorkspaceState): void {
  let { reading } = catalog;
  $effect(() => {
    if (catalog.reading === reading) return;
    reading = catalog.reading;
    workspace.reload().catch(() => {});
  });
}
