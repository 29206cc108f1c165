import { snapshot } from '@qijian/db/client.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import { countUnread, listNotifications, markRead } from '@qijian/db/queries/notifications.ts';
import { notificationEndpoints } from '@qijian/domain/contract/api/notifications.ts';
import { userStream } from '@qijian/domain/contract/live-events.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { fieldProblem } from '../../http/problem.ts';
import { principalOf } from '../../identity/authenticate.ts';

const PAGE = 30;

/** What happened for whoever asks. */
export const notificationRoutes: FastifyPluginAsync = async (app) => {
  serve(app, notificationEndpoints.listNotifications, async (request) => {
    const { userId } = principalOf(request);
    const { unread = false, cursor, limit = PAGE } = request.query;
    return snapshot(app.db, async (tx) => {
      const found = await listNotifications(tx, userId, { unread, before: cursor, limit: limit + 1 });
      const items = found.slice(0, limit);
      return {
        items,
        unread: await countUnread(tx, userId),
        nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null,
        head: await readHead(tx, userStream(userId)),
      };
    });
  });

  serve(app, notificationEndpoints.readNotifications, async (request) => {
    const { ids, all } = request.body;
    if ((ids === undefined) === (all === undefined))
      throw fieldProblem('ids', 'or "all" is required, not both');
    const { userId, name } = principalOf(request);
    const read = await app.command(request, (tx) =>
      markRead(tx, { id: userId, name }, ids ? { ids } : 'all'),
    );
    return { ids: read };
  });
};
