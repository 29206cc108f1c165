import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readCustomer } from '@qijian/db/queries/customer-changes.ts';
import { IdParams } from '@qijian/domain/contract/api/common.ts';
import {
  ChangeOwnerAnswer,
  ChangeOwnerBody,
  CompletenessAnswer,
  CreateCustomerBody,
  CustomerFacets,
  CustomerList,
  CustomerListQuery,
  CustomerSchema,
  CustomerSearchBody,
  DeleteCustomerBody,
  RevealAnswer,
  RevealBody,
  SameNumbersAnswer,
  SameNumbersBody,
  UpdateCustomerBody,
  WaiveBody,
} from '@qijian/domain/contract/api/customers.ts';
import {
  ActivityAnswer,
  ActivityQuery,
  CustomerEventsAnswer,
  CustomerEventsQuery,
  WorkspaceAnswer,
} from '@qijian/domain/contract/api/streams.ts';
import { Problem } from '../../plugins/problem.ts';
import { principalOf } from '../../plugins/session.ts';
import { facets, pageOfCustomers } from './customers.list.ts';
import { requireNoNumber, sameNumbers, searchCustomers } from './customers.search.ts';
import {
  changeOwner,
  createCustomer,
  deleteCustomer,
  restoreCustomer,
  revealField,
  updateCustomer,
  waiveType,
} from './customers.service.ts';
import { activityOf, completenessOf, eventsOf, workspaceOf } from './workspace.ts';

/** Customers: the list, one customer, and everything that changes their fields. */
export const customerRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app;

  app.get(
    '/api/customers',
    {
      config: { access: 'customers.read' },
      schema: { querystring: CustomerListQuery, response: { 200: CustomerList } },
    },
    async (request) => {
      requireNoNumber(request.query.search);
      return pageOfCustomers(db, principalOf(request), request.query);
    },
  );

  app.post(
    '/api/customers/search',
    {
      config: { access: 'customers.read' },
      schema: { body: CustomerSearchBody, response: { 200: CustomerList } },
    },
    async (request) => searchCustomers(db, principalOf(request), request.body, app.config.NUMBER_SEARCHES),
  );

  app.get(
    '/api/customers/facets',
    { config: { access: 'customers.read' }, schema: { response: { 200: CustomerFacets } } },
    async (request) => facets(db, principalOf(request)),
  );

  app.post(
    '/api/customers',
    {
      config: { access: 'customers.write' },
      schema: { body: CreateCustomerBody, response: { 201: CustomerSchema } },
    },
    async (request, reply) => {
      const customer = await app.command(request, (tx) =>
        createCustomer(tx, principalOf(request), request.body),
      );
      return reply.code(201).send(customer);
    },
  );

  app.post(
    '/api/customers/same-numbers',
    {
      config: { access: 'customers.write' },
      schema: { body: SameNumbersBody, response: { 200: SameNumbersAnswer } },
    },
    async (request) => ({
      items: await sameNumbers(db, principalOf(request), request.body, app.config.NUMBER_SEARCHES),
    }),
  );

  app.post(
    '/api/customers/owner',
    {
      config: { access: 'customers.write' },
      schema: { body: ChangeOwnerBody, response: { 200: ChangeOwnerAnswer } },
    },
    async (request) => app.command(request, (tx) => changeOwner(tx, principalOf(request), request.body)),
  );

  app.get(
    '/api/customers/:id',
    { config: { access: 'customers.read' }, schema: { params: IdParams, response: { 200: CustomerSchema } } },
    async (request) => {
      const customer = await readCustomer(db, request.params.id);
      if (!customer) throw new Problem('not-found');
      return customer;
    },
  );

  app.patch(
    '/api/customers/:id',
    {
      config: { access: 'customers.write' },
      schema: { params: IdParams, body: UpdateCustomerBody, response: { 200: CustomerSchema } },
    },
    (request) =>
      app.command(request, (tx) => updateCustomer(tx, principalOf(request), request.params.id, request.body)),
  );

  app.delete(
    '/api/customers/:id',
    { config: { access: 'customers.delete' }, schema: { params: IdParams, body: DeleteCustomerBody } },
    async (request, reply) => {
      await app.command(request, (tx) =>
        deleteCustomer(tx, principalOf(request), request.params.id, request.body),
      );
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/customers/:id/restore',
    {
      config: { access: 'customers.restore' },
      schema: { params: IdParams, response: { 200: CustomerSchema } },
    },
    (request) => app.command(request, (tx) => restoreCustomer(tx, principalOf(request), request.params.id)),
  );

  app.post(
    '/api/customers/:id/reveal',
    {
      config: { access: 'customers.reveal' },
      schema: { params: IdParams, body: RevealBody, response: { 200: RevealAnswer } },
    },
    async (request) => ({
      value: await revealField(db, principalOf(request), request.params.id, request.body.field),
    }),
  );

  app.post(
    '/api/customers/:id/waive',
    {
      config: { access: 'customers.write' },
      schema: { params: IdParams, body: WaiveBody, response: { 200: CustomerSchema } },
    },
    (request) =>
      app.command(request, (tx) => waiveType(tx, principalOf(request), request.params.id, request.body)),
  );

  app.get(
    '/api/customers/:id/completeness',
    {
      config: { access: 'customers.read' },
      schema: { params: IdParams, response: { 200: CompletenessAnswer } },
    },
    async (request) => completenessOf(db, request.params.id),
  );

  app.get(
    '/api/customers/:id/workspace',
    {
      config: { access: 'customers.read' },
      schema: { params: IdParams, response: { 200: WorkspaceAnswer } },
    },
    async (request) => workspaceOf(db, request.params.id),
  );

  app.get(
    '/api/activity',
    {
      config: { access: 'customers.read' },
      schema: { querystring: ActivityQuery, response: { 200: ActivityAnswer } },
    },
    async (request) => activityOf(db, request.query),
  );

  app.get(
    '/api/customers/:id/events',
    {
      config: { access: 'customers.read' },
      schema: { params: IdParams, querystring: CustomerEventsQuery, response: { 200: CustomerEventsAnswer } },
    },
    async (request) => eventsOf(db, request.params.id, request.query),
  );
};
