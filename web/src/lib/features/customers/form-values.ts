import type { CreateCustomer, Customer } from '@qijian/domain/contract/api/customers.ts';
import { readIdNumber } from '@qijian/domain/rules/id-number.ts';
import { readPhone } from '@qijian/domain/rules/phone.ts';
import type { NumberFault } from '@qijian/domain/rules/typed-number.ts';
import { visibleText } from '@qijian/domain/rules/visible-text.ts';
import { fromInput, toInput } from '#lib/format.ts';
import { typedNumber } from './typed-number.ts';

/** What stands in the fields of the form; all text. */
export interface FormValues {
  name: string;
  phone: string;
  idNumber: string;
  /** What is there is taken away; an empty field alone leaves it. */
  clearsIdNumber: boolean;
  product: string;
  amount: string;
  termMonths: string;
  branch: string;
  ownerId: string;
  dueAt: string;
  note: string;
}
export const FORM_FIELDS = [
  'name',
  'phone',
  'idNumber',
  'product',
  'amount',
  'termMonths',
  'branch',
  'ownerId',
  'dueAt',
  'note',
] as const;
export type FormField = (typeof FORM_FIELDS)[number];

export const emptyForm = (ownerId: string): FormValues => ({
  name: '',
  phone: '',
  idNumber: '',
  clearsIdNumber: false,
  product: '',
  amount: '',
  termMonths: '',
  branch: '',
  ownerId,
  dueAt: '',
  note: '',
});

/** The form for a customer as it is; masked fields start empty and are only sent when something is typed. */
export function formOf(customer: Customer): FormValues {
  return {
    name: customer.name,
    phone: '',
    idNumber: '',
    clearsIdNumber: false,
    product: customer.product ?? '',
    amount: customer.amount === null ? '' : String(customer.amount / 10_000),
    termMonths: customer.termMonths === null ? '' : String(customer.termMonths),
    branch: customer.branch ?? '',
    ownerId: customer.owner?.id ?? '',
    dueAt: toInput(customer.dueAt),
    note: customer.note,
  };
}

/** Some fields of a form as the API takes them. */
export function fieldValues(values: FormValues, fields: readonly FormField[]): Partial<CreateCustomer> {
  return Object.fromEntries(fields.map((field) => [field, fieldValue(values, field)]));
}

/** What the API gets for one field. */
export function fieldValue(values: FormValues, field: FormField): CreateCustomer[FormField] {
  const text = values[field].trim();
  switch (field) {
    case 'amount':
      return text === '' ? null : Math.round((typedNumber(text) ?? Number.NaN) * 10_000);
    case 'termMonths':
      return text === '' ? null : typedNumber(text);
    case 'dueAt':
      return fromInput(text);
    case 'name':
    case 'phone':
    case 'note':
      return text;
    default:
      return text === '' ? null : text;
  }
}

export type FieldFault = { kind: 'required' } | { kind: 'amount' } | { kind: 'term' } | NumberFault;

/** In tens of thousands, and months: what the API takes. */
export const MAX_AMOUNT = 100_000;
export const MAX_TERM = 480;

/** Nothing, or a number between two others. */
function isWithin(text: string, least: number, most: number): boolean {
  const number = typedNumber(text);
  return text.trim() === '' || (number !== null && number >= least && number <= most);
}

/** What is wrong with the fields before anything is sent; `now` in milliseconds. */
export function faultsOf(
  values: FormValues,
  isNew: boolean,
  now: number,
): Partial<Record<FormField, FieldFault>> {
  const faults: Partial<Record<FormField, FieldFault>> = {};
  const isSaid = (field: FormField) => visibleText(values[field]) !== '';
  const phone = isSaid('phone') ? readPhone(values.phone).fault : null;
  const idNumber = isSaid('idNumber') ? readIdNumber(values.idNumber, now).fault : null;
  if (!isSaid('name')) faults.name = { kind: 'required' };
  if (isNew && !isSaid('phone')) faults.phone = { kind: 'required' };
  if (phone) faults.phone = phone;
  if (idNumber) faults.idNumber = idNumber;
  if (!isWithin(values.amount, 0.0001, MAX_AMOUNT)) faults.amount = { kind: 'amount' };
  if (!isWithin(values.termMonths, 1, MAX_TERM) || !Number.isInteger(typedNumber(values.termMonths) ?? 0))
    faults.termMonths = { kind: 'term' };
  return faults;
}

/** Whether a fault of a number stays however it is typed on, so that it is said at once. */
export const isLasting = (fault: FieldFault): boolean =>
  fault.kind === 'length'
    ? fault.actual > fault.expected
    : ['character', 'start', 'birth', 'check-digit'].includes(fault.kind);

/** The fields that differ from where the form started. */
export function changedFields(values: FormValues, start: FormValues): FormField[] {
  return FORM_FIELDS.filter(
    (field) =>
      values[field].trim() !== start[field].trim() || (field === 'idNumber' && values.clearsIdNumber),
  );
}
