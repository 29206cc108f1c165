import type { Component } from 'svelte';

/** One entry of a menu. */
export interface MenuItem {
  label: string;
  icon?: Component<{ class?: string; size?: number }>;
  tone?: 'bad';
  /** Why it cannot be done now. */
  why?: string | undefined;
  run: () => void;
}
