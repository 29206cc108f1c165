import type { Doing } from '@qijian/domain/contract/live-events.ts';
import type { Live } from '#lib/live.svelte.ts';

const IDLE_MS = 30_000;
const NOTICE_EVERY_MS = 5_000;
const ACTIVITY = ['pointerdown', 'keydown', 'pointermove', 'touchmove'] as const;

/**
 * Tells the others what one is doing here for as long as one does something; half a minute after the last movement
 * only a running upload or an open form still says that somebody is here. Answers `announce` and how to stop.
 */
export function bePresent(
  live: Live,
  customerId: string,
  doing: () => Doing,
): { announce: () => void; stop: () => void } {
  let idle: ReturnType<typeof setTimeout> | undefined;
  let heard = 0;
  const announce = () => {
    clearTimeout(idle);
    live.doing(customerId, doing());
    idle = setTimeout(() => {
      if (doing().kind === 'viewing') live.doing(customerId, null);
      else announce();
    }, IDLE_MS);
  };
  const onActivity = () => {
    if (Date.now() - heard < NOTICE_EVERY_MS) return;
    heard = Date.now();
    announce();
  };
  for (const kind of ACTIVITY) window.addEventListener(kind, onActivity, { passive: true });
  announce();
  return {
    announce,
    stop: () => {
      clearTimeout(idle);
      for (const kind of ACTIVITY) window.removeEventListener(kind, onActivity);
      live.doing(customerId, null);
    },
  };
}
