import { changeCustomer } from '@qijian/core/change-customer.ts';
import { readLease } from '@qijian/core/claims.ts';
import { calculateCompleteness, completenessColumns } from '@qijian/core/completeness.ts';
import type { Db, Tx } from '@qijian/db/client.ts';
import { type CustomerRow, lockCustomer, readCustomer } from '@qijian/db/queries/customer-row.ts';
import {
  existingCustomers,
  insertCustomer,
  isActiveUser,
  readSensitive,
} from '@qijian/db/queries/customers.ts';
import { hasJudgedDocument } from '@qijian/db/queries/documents.ts';
import { appendAudit } from '@qijian/db/queries/events.ts';
import type { CreateCustomer, Customer, CustomerField } from '@qijian/domain/contract/api/customers.ts';
import type { FieldError } from '@qijian/domain/contract/problems.ts';
import { acceptsDocuments, isFrozen, stateForCompleteness } from '@qijian/domain/rules/customer-states.ts';
import { mayDeleteCustomer } from '@qijian/domain/rules/permissions.ts';
import { customerSearchTerms } from '@qijian/domain/rules/search-terms.ts';
import { visibleText } from '@qijian/domain/rules/visible-text.ts';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem, Problem } from '../../http/problem.ts';
import { actorOf } from '../../identity/authenticate.ts';
import type { Principal } from '../../identity/principal.ts';
import { cleaned, describeChanges, same } from './customer-fields.ts';

/** Adds a customer; the owner is whoever creates it unless another is named. */
export async function createCustomer(tx: Tx, principal: Principal, input: CreateCustomer): Promise<Customer> {
  const fields = await cleaned(tx, input);
  const { name, phone } = fields as { name: string; phone: string };
  const idNumber = fields.idNumber ?? null;
  const id = uuidv7();
  const product = fields.product ?? null;
  const completeness = await calculateCompleteness(tx, { id, product, requestedTypes: [], excusedTypes: [] });
  return insertCustomer(
    tx,
    {
      ...fields,
      id,
      name,
      phone,
      idNumber,
      product,
      ownerId: fields.ownerId === undefined ? principal.userId : fields.ownerId,
      createdBy: principal.userId,
      updatedBy: principal.name,
      searchTerms: (number) => customerSearchTerms({ number, name, phone, idNumber }),
      ...completenessColumns(completeness),
      status: stateForCompleteness('pending', completeness),
    },
    actorOf(principal),
  );
}

/**
 * Changes fields. `version` is what the person saw: fields that nobody changed since then are saved; when one of them
 * was changed by somebody else nothing is saved and the answer is 409 with the current state and the fields' names.
 */
export async function updateCustomer(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version: number } & Partial<CreateCustomer>,
): Promise<Customer> {
  const before = await lockCustomer(tx, id);
  if (!before) throw new Problem('not-found');
  const { version, ...given } = input;
  if (version > before.version) throw await conflict(tx, id, [{ path: 'version', message: 'is not known' }]);
  const fields = await cleaned(tx, given);
  const names = Object.keys(fields) as CustomerField[];
  const changed = names.filter((name) => !same(fields[name], before[name]));
  const frozen = changed.filter((name) => isFrozen(name, before.status));
  if (frozen.length > 0) {
    throw new Problem('fields-frozen', {
      current: await readCustomer(tx, id),
      errors: frozen.map((path) => ({ path, message: 'stays as it is while reviewed and once decided' })),
    });
  }
  const contested = changed.filter((name) => (before.fieldVersions[name] ?? 1) > version);
  if (contested.length > 0) {
    throw await conflict(
      tx,
      id,
      contested.map((path) => ({ path, message: 'was changed by somebody else' })),
    );
  }
  if (changed.length === 0) return (await readCustomer(tx, id)) as Customer;
  const set = Object.fromEntries(changed.map((name) => [name, fields[name]])) as Partial<CustomerRow>;
  const after = { ...before, ...set };
  const next = before.version + 1;
  const changes = await describeChanges(tx, changed, before, after);
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.updated',
    set: {
      ...set,
      searchTerms: customerSearchTerms(after),
      fieldVersions: { ...before.fieldVersions, ...Object.fromEntries(changed.map((name) => [name, next])) },
    },
    data: { changes },
    audit: { fields: changed, changes },
  });
}

/** Deletes a customer whose name was typed in; an administrator can bring it back for 30 days. */
export async function deleteCustomer(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version: number; confirmName: string },
): Promise<Customer> {
  const before = await lockCustomer(tx, id);
  if (!before) throw new Problem('not-found');
  const person = { id: principal.userId, role: principal.role };
  const decided = before.decision !== null || (await hasJudgedDocument(tx, id));
  if (!mayDeleteCustomer(person, { ...before, decided })) {
    if (before.createdBy !== principal.userId) {
      throw new Problem('not-allowed', {
        detail: 'Only whoever created a customer, or an administrator, deletes it',
      });
    }
    throw new Problem('state-conflict', {
      detail: 'An auditor has worked on this file; only an administrator deletes it',
      current: await readCustomer(tx, id),
    });
  }
  if (input.version !== before.version) throw await conflict(tx, id);
  if (input.confirmName !== visibleText(before.name)) {
    throw fieldProblem('confirmName', 'is not the name of the customer');
  }
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.deleted',
    set: { deletedAt: new Date(), deletedBy: principal.userId },
    data: {},
  });
}

/** Brings a deleted customer back. */
export async function restoreCustomer(tx: Tx, principal: Principal, id: string): Promise<Customer> {
  const before = await lockCustomer(tx, id, { includeDeleted: true });
  if (!before) throw new Problem('not-found');
  if (before.deletedAt === null) throw new Problem('state-conflict', { current: await readCustomer(tx, id) });
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: 'customer.restored',
    set: { deletedAt: null, deletedBy: null },
    data: {},
  });
}

/** The clear phone or ID number; that it was looked at is on record before it is answered. */
export async function revealField(
  db: Db,
  principal: Principal,
  id: string,
  field: 'phone' | 'idNumber',
): Promise<string> {
  const value = await readSensitive(db, id, field);
  if (value === null) throw new Problem('not-found');
  await appendAudit(db, [
    {
      actor: actorOf(principal),
      action: 'customer.revealed',
      entityType: 'customer',
      entityId: id,
      customerId: id,
      detail: { field },
    },
  ]);
  return value;
}

/** Gives customers to another owner, one event each; those that are gone or already theirs are `unchanged`. */
export async function changeOwner(
  tx: Tx,
  principal: Principal,
  input: { customerIds: string[]; ownerId: string | null },
): Promise<{ changed: Customer[]; unchanged: string[] }> {
  await requireOwner(tx, input.ownerId);
  const changed: Customer[] = [];
  for (const id of await existingCustomers(tx, input.customerIds)) {
    const before = await lockCustomer(tx, id);
    if (!before || before.ownerId === input.ownerId) continue;
    const after = { ...before, ownerId: input.ownerId };
    const changes = await describeChanges(tx, ['ownerId'], before, after);
    changed.push(
      await changeCustomer(tx, {
        customerId: id,
        actor: actorOf(principal),
        type: 'customer.updated',
        set: {
          ownerId: input.ownerId,
          fieldVersions: { ...before.fieldVersions, ownerId: before.version + 1 },
        },
        data: { changes },
        audit: { fields: ['ownerId'], changes },
      }),
    );
  }
  const ids = new Set(changed.map((customer) => customer.id));
  return { changed, unchanged: input.customerIds.filter((id) => !ids.has(id)) };
}

/**
 * Marks an optional type as not applicable to this customer, or takes that back. Of a type that an auditor asked for or
 * returned it is said, with the reason, that what is there is enough.
 */
export async function waiveType(
  tx: Tx,
  principal: Principal,
  id: string,
  input: { version?: number; type: string; waived: boolean; reason?: string },
): Promise<Customer> {
  const before = await lockCustomer(tx, id);
  if (!before) throw new Problem('not-found');
  if (input.version !== undefined && input.version !== before.version) throw await conflict(tx, id);
  const { items } = await calculateCompleteness(tx, before);
  const item = items.find((candidate) => candidate.type === input.type);
  if (!item) throw fieldProblem('type', 'is not known');
  const isExcused = before.excusedTypes.some(({ type }) => type === input.type);
  if (input.waived ? item.excusable : isExcused) return excuseType(tx, principal, before, input);
  if (item.required) {
    throw new Problem('state-conflict', {
      detail: 'A required type cannot be marked as not applicable',
      current: await readCustomer(tx, id),
    });
  }
  if (!acceptsDocuments(before.status)) {
    throw new Problem('state-conflict', {
      detail: 'The customer has been decided on; reopen the file first',
      current: await readCustomer(tx, id),
    });
  }
  if (before.waivedTypes.includes(input.type) === input.waived)
    return (await readCustomer(tx, id)) as Customer;
  const others = before.waivedTypes.filter((type) => type !== input.type);
  return changeCustomer(tx, {
    customerId: id,
    actor: actorOf(principal),
    type: input.waived ? 'customer.type-waived' : 'customer.type-unwaived',
    set: { waivedTypes: input.waived ? [...others, input.type] : others },
    data: { documentType: input.type },
  });
}

/** Answers an auditor's request or return by a reason, which the auditor is shown; or takes that back. */
async function excuseType(
  tx: Tx,
  principal: Principal,
  before: CustomerRow,
  input: { type: string; waived: boolean; reason?: string },
): Promise<Customer> {
  if (before.status !== 'pending' && before.status !== 'complete') {
    throw new Problem('state-conflict', { current: await readCustomer(tx, before.id) });
  }
  const others = before.excusedTypes.filter(({ type }) => type !== input.type);
  const reason = input.reason?.trim();
  if (input.waived && !reason) throw fieldProblem('reason', 'is required');
  const { now } = await readLease(tx, before);
  const excused = { type: input.type, reason: reason ?? '', by: principal.name, at: now.toISOString() };
  return changeCustomer(tx, {
    customerId: before.id,
    actor: actorOf(principal),
    type: input.waived ? 'customer.type-waived' : 'customer.type-unwaived',
    set: { excusedTypes: input.waived ? [...others, excused] : others },
    data: { documentType: input.type, ...(input.waived ? { reason: excused.reason } : {}) },
    audit: { documentType: input.type, ...(input.waived ? { reason: excused.reason } : {}) },
  });
}

/** A 409 with the customer as it is now. */
export async function conflict(tx: Tx, id: string, errors?: FieldError[]): Promise<Problem> {
  return new Problem('version-conflict', {
    current: await readCustomer(tx, id),
    ...(errors ? { errors } : {}),
  });
}

async function requireOwner(tx: Tx, ownerId: string | null): Promise<void> {
  if (ownerId !== null && !(await isActiveUser(tx, ownerId))) {
    throw fieldProblem('ownerId', 'is not an active user');
  }
}
