import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { describe, expect, it } from 'vitest';
import { changedFields, emptyForm, faultsOf, fieldValue, formOf, isLasting } from './form-values.ts';

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
    expect(faultsOf(values, false, 0)).toEqual({});
    expect(fieldValue(values, 'amount')).toBe(10_000_000);
    expect(fieldValue(values, 'termMonths')).toBe(36);
    const wrong = { ...formOf(customer), amount: '100001', termMonths: '1000' };
    expect(faultsOf(wrong, false, 0)).toEqual({ amount: { kind: 'amount' }, termMonths: { kind: 'term' } });
    expect(faultsOf({ ...values, termMonths: '1.5' }, false, 0)).toEqual({ termMonths: { kind: 'term' } });
  });

  it('says at once what no further typing puts right, and the rest when the field is left', () => {
    const now = Date.parse('2026-11-30T00:00:00Z');
    const faults = (typed: object) => faultsOf({ ...emptyForm(''), name: '王', ...typed }, true, now);
    expect(faults({ phone: '138OO' }).phone).toEqual({ kind: 'character', character: 'O', at: 4 });
    expect(faults({ phone: '\u200b' }).phone).toEqual({ kind: 'required' });
    expect(faults({ phone: '（+86）138-0000-0021' })).toEqual({});
    expect(faults({ phone: '13800000021', name: '\u3164' }).name).toEqual({ kind: 'required' });
    const lasting = (typed: object) => Object.values(faults(typed)).map(isLasting);
    expect(lasting({ phone: '1380000' })).toEqual([false]);
    expect(lasting({ phone: '138OO' })).toEqual([true]);
    expect(lasting({ phone: '138000000212' })).toEqual([true]);
    expect(lasting({ phone: '13800000021', idNumber: '110105194912310021' })).toEqual([true]);
  });
});
