declare module 'compression' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  // biome-ignore lint/style/noDefaultExport: the library's own
  export default function compression(options?: { threshold?: number }): Middleware;
}
