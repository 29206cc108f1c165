import { snapshot } from '@qijian/db/client.ts';
import { readCatalog, readLatestRecalculation } from '@qijian/db/queries/catalog.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import { catalogEndpoints } from '@qijian/domain/contract/api/catalog.ts';
import { CATALOG_STREAM } from '@qijian/domain/contract/live-events.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { principalOf } from '../../identity/authenticate.ts';
import {
  type CatalogChange,
  createProduct,
  createType,
  removeProduct,
  removeType,
  updateProduct,
  updateType,
} from './catalog.service.ts';

/** Document types, loan products and their checklists. */
export const catalogRoutes: FastifyPluginAsync = async (app) => {
  const { db, jobs } = app;
  const recalculated = async <T>(change: CatalogChange<T>): Promise<T> => {
    await jobs.enqueue('catalog.recalculate-all', { recalculationId: change.recalculationId });
    return change.value;
  };

  serve(app, catalogEndpoints.listTypes, () =>
    snapshot(db, async (tx) => ({
      items: [...(await readCatalog(tx)).types],
      head: await readHead(tx, CATALOG_STREAM),
    })),
  );

  serve(app, catalogEndpoints.createType, async (request) => {
    const { waivable = true } = request.body;
    return recalculated(
      await app.command(request, (tx) => createType(tx, principalOf(request), { ...request.body, waivable })),
    );
  });

  serve(app, catalogEndpoints.updateType, async (request) =>
    recalculated(
      await app.command(request, (tx) =>
        updateType(tx, principalOf(request), request.params.code, request.body),
      ),
    ),
  );

  serve(app, catalogEndpoints.removeType, async (request) => {
    await recalculated(
      await app.command(request, (tx) => removeType(tx, principalOf(request), request.params.code)),
    );
  });

  serve(app, catalogEndpoints.readRecalculation, async () => {
    const run = await readLatestRecalculation(db);
    return {
      recalculation: run && {
        id: run.id,
        done: run.done,
        total: run.total,
        startedAt: run.startedAt.toISOString(),
        finishedAt: run.finishedAt?.toISOString() ?? null,
      },
    };
  });

  serve(app, catalogEndpoints.listProducts, () =>
    snapshot(db, async (tx) => ({
      items: [...(await readCatalog(tx)).checklists.values()],
      head: await readHead(tx, CATALOG_STREAM),
    })),
  );

  serve(app, catalogEndpoints.createProduct, async (request) =>
    recalculated(await app.command(request, (tx) => createProduct(tx, principalOf(request), request.body))),
  );

  serve(app, catalogEndpoints.updateProduct, async (request) =>
    recalculated(
      await app.command(request, (tx) =>
        updateProduct(tx, principalOf(request), request.params.product, request.body),
      ),
    ),
  );

  serve(app, catalogEndpoints.removeProduct, async (request) => {
    await recalculated(
      await app.command(request, (tx) => removeProduct(tx, principalOf(request), request.params.product)),
    );
  });
};
