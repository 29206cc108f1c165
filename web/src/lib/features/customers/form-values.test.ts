import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { describe, expect, it } from 'vitest';
import { changedFields, fieldValue, formOf } from './form-values.ts';

const customer = {
  name: '陈思远',
  phone: '138 **** 1508',
  idNumber: '999999********1287',
  product: null,
  amount: 300_000,
  termMonths: 36,
  branch: null,
  owner: null,
  dueAt: null,
  note: '',
} as unknown as Customer;

describe('the form of a customer', () => {
  it('changes nothing while nothing is typed, masked fields included', () => {
    expect(changedFields(formOf(customer), formOf(customer))).toEqual([]);
  });

  it('takes the ID number away only when that was asked for', () => {
    const values = { ...formOf(customer), clearsIdNumber: true };
    expect(changedFields(values, formOf(customer))).toEqual(['idNumber']);
    expect(fieldValue(values, 'idNumber')).toBeNull();
  });

  it('sends a number that is typed anew', () => {
    const values = { ...formOf(customer), idNumber: ' 11010119900307002X ' };
    expect(changedFields(values, formOf(customer))).toEqual(['idNumber']);
    expect(fieldValue(values, 'idNumber')).toBe('11010119900307002X');
  });
});
