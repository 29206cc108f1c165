import type { Tx } from '@qijian/db/client.ts';
import type { CustomerRow } from '@qijian/db/queries/customer-row.ts';
import { isActiveProduct, isActiveUser } from '@qijian/db/queries/customers.ts';
import { readUserName } from '@qijian/db/queries/users.ts';
import type { CreateCustomer, CustomerField } from '@qijian/domain/contract/api/customers.ts';
import type { FieldChange } from '@qijian/domain/contract/live-events.ts';
import type { FieldError } from '@qijian/domain/contract/problems.ts';
import { maskIdNumber, readIdNumber } from '@qijian/domain/rules/id-number.ts';
import { maskPhone, readPhone } from '@qijian/domain/rules/phone.ts';
import type { NumberFault } from '@qijian/domain/rules/typed-number.ts';
import { visibleText } from '@qijian/domain/rules/visible-text.ts';
import { fieldProblems } from '../../http/problem.ts';

/** What people give for a customer, cleaned: stored forms of phone and ID number, no blanks around. */
type Fields = {
  name?: string;
  phone?: string;
  idNumber?: string | null;
  product?: string | null;
  amount?: number | null;
  termMonths?: number | null;
  branch?: string | null;
  ownerId?: string | null;
  dueAt?: Date | null;
  note?: string;
};

/** The columns of the fields that are given, read as they are stored; throws with every field that is not valid. */
export async function cleaned(tx: Tx, input: Partial<CreateCustomer>): Promise<Fields> {
  const errors: FieldError[] = [];
  const fields: Fields = {};
  if (input.name !== undefined) fields.name = input.name;
  if (input.note !== undefined) fields.note = input.note.trim();
  if (input.phone !== undefined) {
    const { phone, fault } = readPhone(input.phone);
    if (fault) errors.push({ path: 'phone', message: `is not a mobile number: ${faultSentence(fault)}` });
    else fields.phone = phone;
  }
  if (input.idNumber !== undefined) {
    const { idNumber, fault } = visibleText(input.idNumber ?? '')
      ? readIdNumber(input.idNumber as string, Date.now())
      : { idNumber: null, fault: null };
    if (fault) errors.push({ path: 'idNumber', message: `is not an ID number: ${faultSentence(fault)}` });
    else fields.idNumber = idNumber;
  }
  if (input.product !== undefined) {
    fields.product = input.product || null;
    if (fields.product !== null && !(await isActiveProduct(tx, fields.product))) {
      errors.push({ path: 'product', message: 'is not a loan product' });
    }
  }
  if (input.ownerId !== undefined) {
    fields.ownerId = input.ownerId;
    if (input.ownerId !== null && !(await isActiveUser(tx, input.ownerId))) {
      errors.push({ path: 'ownerId', message: 'is not an active user' });
    }
  }
  if (input.amount !== undefined) fields.amount = input.amount;
  if (input.termMonths !== undefined) fields.termMonths = input.termMonths;
  if (input.branch !== undefined) fields.branch = input.branch || null;
  if (input.dueAt !== undefined) fields.dueAt = input.dueAt === null ? null : new Date(input.dueAt);
  if (errors.length > 0) throw fieldProblems(errors);
  return fields;
}

/** What is wrong with a number, without the number. */
function faultSentence(fault: NumberFault): string {
  switch (fault.kind) {
    case 'character':
      return `“${fault.character}” at position ${fault.at} is not a digit`;
    case 'length':
      return `it has ${fault.actual} characters, not ${fault.expected}`;
    case 'start':
      return 'none begins like this';
    case 'country':
      return 'only the mainland (+86), Hong Kong (+852), Macau (+853) and Taiwan (+886) are taken';
    case 'birth':
      return 'it has no day of birth between 1900 and today';
    case 'check-digit':
      return 'its check digit (GB 11643) does not fit: a digit is wrong, or two are exchanged';
  }
}

/** Whether a field has the same value in both. */
export function same(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

/** The changes as people may see them: sensitive values masked, people by name, notes without their text. */
export async function describeChanges(
  tx: Tx,
  names: CustomerField[],
  before: CustomerRow,
  after: CustomerRow,
): Promise<FieldChange[]> {
  const shown = async (name: CustomerField, row: CustomerRow): Promise<string | number | null> => {
    const value = row[name];
    if (value === null) return null;
    if (name === 'phone') return maskPhone(row.phone);
    if (name === 'idNumber') return maskIdNumber(value as string);
    if (name === 'note') return null;
    if (name === 'ownerId') return readUserName(tx, value as string);
    return value instanceof Date ? value.toISOString() : value;
  };
  return Promise.all(
    names.map(async (field) => ({ field, from: await shown(field, before), to: await shown(field, after) })),
  );
}
