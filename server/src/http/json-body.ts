import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads JSON that is UTF-8 (RFC 8259): of any other, every Chinese character would be kept as "�". */
export function registerJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const [, charset = 'utf-8'] = CHARSET.exec(request.headers['content-type'] ?? '') ?? [];
    if (!/^(utf-?8|us-ascii)$/i.test(charset)) return done(new Problem('unsupported-media-type'));
    try {
      void parse(request, utf8.decode(body as Buffer), done);
    } catch {
      done(new Problem('malformed-request', { detail: 'The body is not UTF-8' }));
    }
  });
  app.addHook('preValidation', async ({ body, headers, routeOptions }) => {
    const { endpoint } = routeOptions.config;
    if (!endpoint || endpoint.raw || endpoint.body) return;
    // A form is read by its route, so here by nobody.
    const isForm = headers['content-type']?.startsWith('multipart/');
    if (!isForm && (!body || JSON.stringify(body) === '{}')) return;
    throw new Problem('malformed-request', { detail: 'This address takes no body' });
  });
}
