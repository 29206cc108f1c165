import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Tx } from '@qijian/db/client.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import {
  CreatedLink,
  type CreatedLinkAnswer,
  CreateLinkBody,
  ReissueLinkBody,
  UploadLinkList,
} from '@qijian/domain/contract/api/links.ts';
import type { FastifyRequest } from 'fastify';
import { publicUrl } from '../../plugins/public-url.ts';
import { principalOf } from '../../plugins/session.ts';
import { createLink, linksOf, type NewLink, reissueLink, revokeLink } from './links.service.ts';

/** Upload links: made, withdrawn and replaced by staff. */
export const linkRoutes: FastifyPluginAsyncTypebox = async (app) => {
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
    return { ...link, url: secret && `${publicUrl(config, request)}/p#${secret}` };
  }

  app.get(
    '/api/customers/:id/links',
    { config: { access: 'links.manage' }, schema: { params: IdParams, response: { 200: UploadLinkList } } },
    async (request) => ({
      items: await linksOf(db, request.params.id),
      expiresInHours: config.LINK_EXPIRES_HOURS,
    }),
  );

  app.post(
    '/api/customers/:id/links',
    {
      config: { access: 'links.manage' },
      schema: { params: IdParams, body: CreateLinkBody, response: { 201: CreatedLink } },
    },
    async (request, reply) => {
      const { expiresInHours = config.LINK_EXPIRES_HOURS, label } = request.body;
      const answer = await make(request, (tx) =>
        createLink(tx, principalOf(request), request.params.id, { expiresInHours, label }),
      );
      return reply.code(201).send(answer);
    },
  );

  app.post(
    '/api/links/:id/reissue',
    {
      config: { access: 'links.manage' },
      schema: { params: IdParams, body: ReissueLinkBody, response: { 201: CreatedLink } },
    },
    async (request, reply) => {
      const { expiresInHours = config.LINK_EXPIRES_HOURS, label } = request.body;
      const answer = await make(request, (tx) =>
        reissueLink(tx, principalOf(request), request.params.id, { expiresInHours, label }),
      );
      return reply.code(201).send(answer);
    },
  );

  app.delete(
    '/api/links/:id',
    { config: { access: 'links.manage' }, schema: { params: IdParams } },
    async (request, reply) => {
      await app.command(request, (tx) => revokeLink(tx, principalOf(request), request.params.id));
      return reply.code(204).send();
    },
  );
};
