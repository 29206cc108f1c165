import type { QueuedUpload } from '#lib/features/documents/upload-queue.ts';
import { fileSize } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

/** How far an upload is; `isHeld` says that the person stopped it, not the network. */
export function uploadWords(upload: QueuedUpload, isHeld: boolean): string {
  const size = fileSize(upload.size);
  const sent = fileSize((upload.size * upload.percent) / 100);
  switch (upload.state) {
    case 'preparing':
      return m.p_q_preparing({ size });
    case 'paused':
      return isHeld ? m.p_q_held({ percent: upload.percent }) : m.p_q_paused({ percent: upload.percent });
    case 'uploading':
      return upload.resumedAt > 0
        ? m.p_q_resumed({ percent: upload.resumedAt, sent, size })
        : m.p_q_uploading({ sent, size });
    case 'arrived':
      return m.p_q_arrived({ size });
    default:
      return m.p_q_waiting({ size });
  }
}

/** How much is left, and how long it takes where that is known. */
export function leftWords(bytes: number, seconds: number | null): string {
  const size = fileSize(bytes);
  if (seconds === null) return m.p_left({ size });
  return seconds < 100
    ? m.p_left_time({ size, seconds })
    : m.p_left_minutes({ size, minutes: Math.round(seconds / 60) });
}
