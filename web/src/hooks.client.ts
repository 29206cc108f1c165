import type { ClientInit } from '@sveltejs/kit/hooks';

/** What the server sent is painted before code takes it over; a page that nobody sees does not wait. */
export const init: ClientInit = async () => {
  if (!document.hidden) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
};
