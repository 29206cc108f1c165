import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { completenessEndpoints } from '@qijian/domain/contract/api/completeness.ts';
import { customerListEndpoints } from '@qijian/domain/contract/api/customer-list.ts';
import { customerEndpoints } from '@qijian/domain/contract/api/customers.ts';
import { streamEndpoints } from '@qijian/domain/contract/api/streams.ts';
import type { FastifyPluginAsync } from 'fastify';
import { serve } from '../../http/endpoint.ts';
import { Problem } from '../../http/problem.ts';
import { principalOf } from '../../identity/authenticate.ts';
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
export const customerRoutes: FastifyPluginAsync = async (app) => {
  const { db } = app;

  serve(app, customerListEndpoints.listCustomers, async (request) => {
    requireNoNumber(request.query.search);
    return pageOfCustomers(db, principalOf(request), request.query);
  });

  serve(app, customerListEndpoints.searchCustomers, (request) =>
    searchCustomers(app, principalOf(request), request.body),
  );

  serve(app, customerListEndpoints.countCustomers, (request) => facets(db, principalOf(request)));

  serve(app, customerEndpoints.createCustomer, (request) =>
    app.command(request, (tx) => createCustomer(tx, principalOf(request), request.body)),
  );

  serve(app, customerEndpoints.findSameNumbers, async (request) => ({
    items: await sameNumbers(app, principalOf(request), request.body),
  }));

  serve(app, customerEndpoints.changeOwner, (request) =>
    app.command(request, (tx) => changeOwner(tx, principalOf(request), request.body)),
  );

  serve(app, customerEndpoints.readCustomer, async (request) => {
    const customer = await readCustomer(db, request.params.id);
    if (!customer) throw new Problem('not-found');
    return customer;
  });

  serve(app, customerEndpoints.updateCustomer, (request) =>
    app.command(request, (tx) => updateCustomer(tx, principalOf(request), request.params.id, request.body)),
  );

  serve(app, customerEndpoints.deleteCustomer, async (request) => {
    await app.command(request, (tx) =>
      deleteCustomer(tx, principalOf(request), request.params.id, request.body),
    );
  });

  serve(app, customerEndpoints.restoreCustomer, (request) =>
    app.command(request, (tx) => restoreCustomer(tx, principalOf(request), request.params.id)),
  );

  serve(app, customerEndpoints.revealField, async (request) => ({
    value: await revealField(db, principalOf(request), request.params.id, request.body.field),
  }));

  serve(app, completenessEndpoints.waiveType, (request) =>
    app.command(request, (tx) => waiveType(tx, principalOf(request), request.params.id, request.body)),
  );

  serve(app, completenessEndpoints.readCompleteness, (request) => completenessOf(db, request.params.id));

  serve(app, streamEndpoints.readWorkspace, (request) => workspaceOf(db, request.params.id));

  serve(app, streamEndpoints.readActivity, (request) => activityOf(db, request.query));

  serve(app, streamEndpoints.readCustomerEvents, (request) => eventsOf(db, request.params.id, request.query));
};
