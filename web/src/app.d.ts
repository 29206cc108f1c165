import type { Workspace } from '@qijian/domain/contract/api/streams.ts';
import type { User } from '@qijian/domain/contract/api/users.ts';

declare global {
  interface Window {
    /** Does what was pressed, typed and chosen before the page's code was there: the script in app.html. */
    replayEarlyEvents(): void;
  }
  namespace App {
    interface Error {
      message: string;
      /** The server was not reached: the page comes by itself once it is. */
      unreachable?: boolean;
    }
    interface Locals {
      mode: 'light' | 'dark' | 'system';
    }
    interface PageData {
      user?: User;
      /** On a customer's page and at the desk. */
      snapshot?: Workspace;
    }
    interface Platform {
      /** The raw request; the server puts `inject` on it, so that pages ask the API without a network. */
      req: {
        inject?: (options: { method: 'GET'; url: string; headers: Record<string, string> }) => Promise<{
          statusCode: number;
          headers: Record<string, string | string[] | number | undefined>;
          rawPayload: Uint8Array;
        }>;
      };
    }
  }
}
