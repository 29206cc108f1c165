import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import compression from 'compression';
import type { FastifyInstance, InjectOptions } from 'fastify';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** The pages, on the same port: everything that no route of ours takes goes to the built web app. */
export async function registerWeb(app: FastifyInstance): Promise<void> {
  const handler = await loadHandler(app.config.WEB_HANDLER);
  const { protocol, host } = new URL(app.config.PUBLIC_URL);
  // Pages inline their styles: compressed they arrive in half the time on a slow network.
  const compress = compression();
  await app.register(async (web) => {
    web.removeAllContentTypeParsers();
    web.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const options = { config: { access: 'public' as const }, schema: { hide: true } };
    web.all('/*', options, (request, reply) => {
      if (!handler) {
        return reply.code(503).type('text/plain').send('The web app is not built: npm run build -w web');
      }
      // What a page says of its own address is ours to say, not the visitor's.
      Object.assign(request.raw.headers, {
        'x-forwarded-proto': protocol.slice(0, -1),
        'x-forwarded-host': host,
      });
      Object.assign(request.raw, { inject: (options: InjectOptions) => app.inject(options) });
      reply.hijack();
      // A page comes with a policy for exactly what is in it.
      reply.raw.removeHeader('content-security-policy');
      compress(request.raw, reply.raw, () =>
        handler(request.raw, reply.raw, () => {
          reply.raw.statusCode = 404;
          reply.raw.end();
        }),
      );
    });
  });
}

async function loadHandler(path: string): Promise<Handler | null> {
  if (!existsSync(path)) return null;
  // Read by the handler when it is imported.
  process.env.PROTOCOL_HEADER ??= 'x-forwarded-proto';
  process.env.HOST_HEADER ??= 'x-forwarded-host';
  process.env.BODY_SIZE_LIMIT ??= '2M';
  const { handler } = (await import(pathToFileURL(path).href)) as { handler: Handler };
  return handler;
}
