import { untrack } from 'svelte';
import type { Live } from '#lib/live.svelte.ts';
import type { WorkspaceState } from './workspace.svelte.ts';

/** An administrator changed document types or checklists: what is required of the customer may be another thing now. */
export function followCatalog(live: Live, workspace: WorkspaceState): void {
  const reload = () => void workspace.reload().catch(() => {});
  // Subscribe from the snapshot's position, so that no change in between is missed.
  $effect(() =>
    live.subscribe(
      untrack(() => workspace.catalogHead),
      { onEvent: reload, onReset: reload },
    ),
  );
}
