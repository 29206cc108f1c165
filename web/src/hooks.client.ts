import type { ClientInit, HandleClientError } from '@sveltejs/kit/hooks';
import { isUnreachable } from '#lib/api.ts';

/** What the server sent is painted before code takes it over; a page that nobody sees does not wait. */
export const init: ClientInit = async () => {
  if (!document.hidden) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
};

/** A page without its data or its code, for want of a network, is no fault of ours. */
export const handleError: HandleClientError = ({ kind, error }) => ({
  unreachable: kind === 'unknown' && (isUnreachable(error) || !navigator.onLine),
});
