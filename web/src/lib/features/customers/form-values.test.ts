import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { describe, expect, it } from 'vitest';
import { changedFields, faultsOf, fieldValue, formOf } from './form-values.ts';

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

  it('takes numbers with separators and full-width digits, and says what is too much', () => {
    const values = { ...formOf(customer), amount: '1,000', termMonths: '３６' };
    expect(faultsOf(values, false)).toEqual({});
    expect(fieldValue(values, 'amount')).toBe(10_000_000);
    expect(fieldValue(values, 'termMonths')).toBe(36);
    const wrong = { ...formOf(customer), amount: '100001', termMonths: '1000' };
    expect(faultsOf(wrong, false)).toEqual({ amount: 'amount', termMonths: 'term' });
    expect(faultsOf({ ...values, termMonths: '1.5' }, false)).toEqual({ termMonths: 'term' });
  });
});
