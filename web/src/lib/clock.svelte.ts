import { browser } from '$app/env';

let now = $state(Date.now());
if (browser) setInterval(() => (now = Date.now()), 15_000);

/** The time, moving every 15 seconds: relative times on a page move together. */
export const clockNow = () => now;
