import type { User } from '@qijian/domain/contract/api/users.ts';

declare global {
  namespace App {
    interface Locals {
      mode: 'light' | 'dark' | 'system';
    }
    interface PageData {
      user?: User;
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
