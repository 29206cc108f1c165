import type { Tx } from '@qijian/db/client.ts';
import { type CreatedLinkAnswer, linkEndpoints } from '@qijian/domain/contract/api/links.ts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import { createLink, linksOf, type NewLink, reissueLink, revokeLink } from './links.service.ts';

/** Upload links: made, withdrawn and replaced by staff. */
export const linkRoutes: FastifyPluginAsync = async (app) => {
  const { config, db } = app;

  /** What is kept for an Idempotency-Key is the link without its secret: a replay has no address to give. */
  async function make(
    request: FastifyRequest,
    work: (tx: Tx) => Promise<NewLink>,
  ): Promise<CreatedLinkAnswer> {
    let secret: string | null = null;
    const link = await app.command(request, async (tx) => {
      const made = await work(tx);
      secret = made.secret;
      return made.link;
    });
    return { ...link, url: secret && `${config.PUBLIC_URL}/p#${secret}` };
  }

  serve(app, linkEndpoints.listLinks, async (request) => ({
    items: await linksOf(db, request.params.id),
    expiresInHours: config.LINK_EXPIRES_HOURS,
  }));

  serve(app, linkEndpoints.createLink, async (request) => {
    const { expiresInHours = config.LINK_EXPIRES_HOURS, label } = request.body;
    return make(request, (tx) =>
      createLink(tx, principalOf(request), request.params.id, { expiresInHours, label }),
    );
  });

  serve(app, linkEndpoints.reissueLink, async (request) => {
    const { expiresInHours = config.LINK_EXPIRES_HOURS, label } = request.body;
    return make(request, (tx) =>
      reissueLink(tx, principalOf(request), request.params.id, { expiresInHours, label }),
    );
  });

  serve(app, linkEndpoints.revokeLink, async (request) => {
    await app.command(request, (tx) => revokeLink(tx, principalOf(request), request.params.id));
  });
};
