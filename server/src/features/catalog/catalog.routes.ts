import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { snapshot } from '@qijian/db/client.ts';
import { readChecklists, readDocumentTypes, readLatestRecalculation } from '@qijian/db/queries/catalog.ts';
import { readHead } from '@qijian/db/queries/events.ts';
import {
  ChecklistList,
  ChecklistSchema,
  CodeParams,
  CreateChecklistBody,
  CreateDocumentTypeBody,
  DocumentTypeList,
  DocumentTypeSchema,
  ProductParams,
  RecalculationAnswer,
  UpdateChecklistBody,
  UpdateDocumentTypeBody,
} from '@qijian/domain/contract/api/catalog.ts';
import { CATALOG_STREAM } from '@qijian/domain/contract/live-events.ts';
import { principalOf } from '../../plugins/session.ts';
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
export const catalogRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, jobs } = app;
  const recalculated = async <T>(change: CatalogChange<T>): Promise<T> => {
    await jobs.enqueue('catalog.recalculate-all', { recalculationId: change.recalculationId });
    return change.value;
  };

  app.get(
    '/api/document-types',
    { config: { access: 'catalog.read' }, schema: { response: { 200: DocumentTypeList } } },
    () =>
      snapshot(db, async (tx) => ({
        items: await readDocumentTypes(tx),
        head: await readHead(tx, CATALOG_STREAM),
      })),
  );

  app.post(
    '/api/document-types',
    {
      config: { access: 'catalog.write' },
      schema: { body: CreateDocumentTypeBody, response: { 201: DocumentTypeSchema } },
    },
    async (request, reply) => {
      const change = await app.command(request, (tx) =>
        createType(tx, principalOf(request), { ...request.body, waivable: request.body.waivable ?? true }),
      );
      return reply.code(201).send(await recalculated(change));
    },
  );

  app.patch(
    '/api/document-types/:code',
    {
      config: { access: 'catalog.write' },
      schema: { params: CodeParams, body: UpdateDocumentTypeBody, response: { 200: DocumentTypeSchema } },
    },
    async (request) =>
      recalculated(
        await app.command(request, (tx) =>
          updateType(tx, principalOf(request), request.params.code, request.body),
        ),
      ),
  );

  app.delete(
    '/api/document-types/:code',
    {
      config: { access: 'catalog.write' },
      schema: { params: CodeParams },
    },
    async (request, reply) => {
      await recalculated(
        await app.command(request, (tx) => removeType(tx, principalOf(request), request.params.code)),
      );
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/document-types/recalculation',
    { config: { access: 'catalog.read' }, schema: { response: { 200: RecalculationAnswer } } },
    async () => {
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
    },
  );

  app.get(
    '/api/checklists',
    { config: { access: 'catalog.read' }, schema: { response: { 200: ChecklistList } } },
    () =>
      snapshot(db, async (tx) => ({
        items: await readChecklists(tx),
        head: await readHead(tx, CATALOG_STREAM),
      })),
  );

  app.post(
    '/api/checklists',
    {
      config: { access: 'catalog.write' },
      schema: { body: CreateChecklistBody, response: { 201: ChecklistSchema } },
    },
    async (request, reply) => {
      const change = await app.command(request, (tx) =>
        createProduct(tx, principalOf(request), request.body),
      );
      return reply.code(201).send(await recalculated(change));
    },
  );

  app.patch(
    '/api/checklists/:product',
    {
      config: { access: 'catalog.write' },
      schema: { params: ProductParams, body: UpdateChecklistBody, response: { 200: ChecklistSchema } },
    },
    async (request) =>
      recalculated(
        await app.command(request, (tx) =>
          updateProduct(tx, principalOf(request), request.params.product, request.body),
        ),
      ),
  );

  app.delete(
    '/api/checklists/:product',
    {
      config: { access: 'catalog.write' },
      schema: { params: ProductParams },
    },
    async (request, reply) => {
      await recalculated(
        await app.command(request, (tx) => removeProduct(tx, principalOf(request), request.params.product)),
      );
      return reply.code(204).send();
    },
  );
};
