import { Upload } from 'tus-js-client';
import { isFinal, type QueuedUpload } from './upload-queue.ts';

const RETRY_MS = [500, 1_500, 4_000, 10_000];

/** Where uploads of staff and of customers go, and what is said with each request. */
export interface UploadDoor {
  path: '/api/uploads' | '/api/portal/uploads';
  headers: Record<string, string>;
}

export interface TusHandlers {
  onUrl: (url: string) => void;
  onPercent: (percent: number) => void;
  onArrived: () => void;
  /** Given up for now; no status when the server was not reached. */
  onStopped: (status: number | undefined, body: string) => void;
}

/** A resumable upload of one file, not yet started. */
export function openUpload(door: UploadDoor, entry: QueuedUpload, blob: Blob, handlers: TusHandlers): Upload {
  const { customerId, type, filename, group } = entry;
  const upload = new Upload(blob, {
    endpoint: door.path,
    uploadUrl: entry.url,
    uploadSize: blob.size,
    retryDelays: RETRY_MS,
    storeFingerprintForResuming: false,
    headers: door.headers,
    metadata: {
      type,
      filename,
      ...(door.path === '/api/uploads' && { customerId, source: source() }),
      ...(group && {
        groupId: group.id,
        pageIndex: String(group.index),
        // Files queued by an earlier release lack it.
        ...(group.total && { pageTotal: String(group.total) }),
      }),
    },
    onUploadUrlAvailable: () => {
      if (upload.url) handlers.onUrl(upload.url);
    },
    onProgress: (sent, total) => handlers.onPercent(Math.floor((sent / Math.max(1, total)) * 100)),
    onShouldRetry: (error) => navigator.onLine && !isFinal(error.originalResponse?.getStatus()),
    onSuccess: () => handlers.onArrived(),
    onError: (error) => {
      const response = 'originalResponse' in error ? error.originalResponse : null;
      handlers.onStopped(response?.getStatus(), response?.getBody() ?? '');
    },
  });
  return upload;
}

/** Has the server throw away what it has of an upload. */
export const terminate = (url: string, door: UploadDoor): Promise<void> =>
  Upload.terminate(url, { headers: door.headers });

const source = () => (matchMedia('(pointer: coarse)').matches ? 'phone' : 'desk');
