import postgres from 'postgres';

const RELEASE_CHANNEL = 'qijian_upload_release';

/** Locks on uploads that hold across processes and vanish with the process that holds them. */
export interface UploadLocks {
  /** Takes the lock if no other process has it; the caller keeps its own process from asking twice. */
  tryLock(uploadId: string): Promise<boolean>;
  unlock(uploadId: string): Promise<void>;
  /** Tells the process that holds the lock that somebody waits for it. */
  askRelease(uploadId: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Session-level advisory locks on one connection of their own, so that an upload under way does not keep a connection
 * of the pool. If Postgres restarts they are gone; a second writer is then still refused by the offset it must name.
 */
export function openUploadLocks(
  url: string,
  onReleaseAsked: (uploadId: string) => void,
  onError: (error: unknown) => void,
): UploadLocks {
  const sql = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    // As in `connect`: a connection that is cut while it asks for them would end the process.
    fetch_types: false,
    connection: { application_name: 'qijian-upload-locks' },
    onnotice: () => {},
  });
  const listening = sql.listen(RELEASE_CHANNEL, onReleaseAsked).catch(onError);
  return {
    async tryLock(uploadId) {
      await listening;
      const rows = await sql<{ locked: boolean }[]>`
        select pg_try_advisory_lock(hashtextextended(${uploadId}, 7163503)) as locked`;
      return rows[0]?.locked === true;
    },
    async unlock(uploadId) {
      await sql`select pg_advisory_unlock(hashtextextended(${uploadId}, 7163503))`;
    },
    async askRelease(uploadId) {
      await sql`select pg_notify(${RELEASE_CHANNEL}, ${uploadId})`;
    },
    close: () => sql.end({ timeout: 2 }),
  };
}
