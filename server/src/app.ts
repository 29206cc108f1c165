import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { logStream } from '@qijian/core/logging/log-stream.ts';
import { loggableError } from '@qijian/core/logging/loggable-error.ts';
import { healthEndpoints } from '@qijian/domain/contract/api/health.ts';
import { ENDPOINTS } from '@qijian/domain/contract/endpoints.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from './config.ts';
import { authRoutes } from './features/auth/auth.routes.ts';
import { handoffRoutes } from './features/auth/handoff.routes.ts';
import { secondFactorRoutes } from './features/auth/second-factor.routes.ts';
import { tokenRoutes } from './features/auth/tokens.routes.ts';
import { catalogRoutes } from './features/catalog/catalog.routes.ts';
import { commentRoutes } from './features/comments/comments.routes.ts';
import { customerRoutes } from './features/customers/customers.routes.ts';
import { documentRoutes } from './features/documents/documents.routes.ts';
import { uploadRoutes } from './features/documents/uploads.routes.ts';
import { registerHealth } from './features/health/health.routes.ts';
import { linkRoutes } from './features/links/links.routes.ts';
import { notificationRoutes } from './features/notifications/notifications.routes.ts';
import { portalRoutes, portalUploadRoutes } from './features/portal/portal.routes.ts';
import { queueRoutes } from './features/reviews/queue.routes.ts';
import { reviewRoutes } from './features/reviews/reviews.routes.ts';
import { streamRoutes } from './features/streams/streams.routes.ts';
import { userRoutes } from './features/users/users.routes.ts';
import { viewRoutes } from './features/views/views.routes.ts';
import { registerCommands } from './http/commands.ts';
import { serve } from './http/endpoint.ts';
import { answerError, refuseUnknown, registerErrors } from './http/errors.ts';
import { registerJsonBody } from './http/json-body.ts';
import { describeApi } from './http/openapi.ts';
import { registerTextCheck } from './http/text.ts';
import { compileValidator } from './http/validation.ts';
import { registerIdentity } from './identity/authenticate.ts';
import { registerHeaders } from './plugins/headers.ts';
import { registerOriginCheck } from './plugins/origin.ts';
import { registerRateLimits } from './plugins/rate-limits.ts';
import { registerServices } from './plugins/services.ts';
import { registerWeb } from './plugins/web.ts';

const IDLE_MS = 120_000;
/** Of JSON, unless a route says more: a long body costs every other person time. Files come by streams of their own. */
const LONGEST_BODY = 64 * 1024;

/** The whole server, not yet listening. */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const app = Fastify({
    logger: {
      level: config.LOG_LEVEL,
      stream: logStream(),
      // Ids only: no addresses with search words, no headers.
      serializers: {
        req: (request) => ({ method: request.method, route: request.routeOptions?.url }),
        err: (error) => loggableError(error) as never,
      },
    },
    genReqId: () => uuidv7(),
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    bodyLimit: LONGEST_BODY,
    // End idle connections; long uploads and sockets keep sending.
    connectionTimeout: IDLE_MS,
    http: {
      // Answer clients that offer h2c over HTTP/1.1 as usual.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    frameworkErrors: answerError,
  });
  app.setValidatorCompiler(compileValidator);
  app.removeContentTypeParser('text/plain');
  registerJsonBody(app);

  registerErrors(app);
  await registerServices(app, config);
  await registerRateLimits(app);
  await registerHeaders(app);
  registerOriginCheck(app);
  registerIdentity(app);
  registerTextCheck(app);
  registerCommands(app);
  registerHealth(app);
  await registerDocs(app);

  await app.register(authRoutes);
  await app.register(secondFactorRoutes);
  await app.register(tokenRoutes);
  await app.register(handoffRoutes);
  await app.register(userRoutes);
  await app.register(streamRoutes);
  await app.register(catalogRoutes);
  await app.register(customerRoutes);
  await app.register(viewRoutes);
  await app.register(reviewRoutes);
  await app.register(queueRoutes);
  await app.register(documentRoutes);
  await app.register(uploadRoutes);
  await app.register(commentRoutes);
  await app.register(notificationRoutes);
  await app.register(linkRoutes);
  await app.register(portalRoutes);
  await app.register(portalUploadRoutes);

  app.all('/api/*', { config: { access: 'public' }, schema: { hide: true } }, refuseUnknown);
  await registerWeb(app);
  return app;
}

/** The viewer brings its scripts as files, but styles its elements one by one. */
const DOCS_CSP = {
  'default-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

/** OpenAPI, generated from the contract. */
async function registerDocs(app: FastifyInstance): Promise<void> {
  const document = describeApi(ENDPOINTS);
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: DOCS_CSP });
  serve(app, healthEndpoints.readDescription, async () => document);
}
