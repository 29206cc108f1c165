import { expect, test } from 'vitest';
import { viewQuery } from './filter.ts';
import { closeAddress, forgetSearches, openAddress } from './private-search.ts';

const PHONE = '138 0013 8000';

test('a number that is searched for never stands in the address, and going back to it still finds it', () => {
  const params = new URLSearchParams({ status: 'pending', search: PHONE });
  const address = closeAddress(params);
  expect(String(address)).not.toMatch(/138|8000|search/);
  expect(address.get('status')).toBe('pending');
  expect(Object.fromEntries(openAddress(address))).toEqual({ status: 'pending', search: PHONE });
  // The same search is the same address: going there again is no step in the history.
  expect(String(closeAddress(params))).toBe(String(address));
});

test('after a reload, in another tab or for the next person the address shows the list without the search', () => {
  const address = closeAddress(new URLSearchParams({ status: 'pending', search: PHONE }));
  forgetSearches();
  expect(Object.fromEntries(openAddress(address))).toEqual({ status: 'pending' });
});

test('names, tails and masks stay in the address', () => {
  for (const search of ['王小明', '8000', '138 **** 8000', 'QJ-1183'])
    expect(closeAddress(new URLSearchParams({ search })).get('search')).toBe(search);
});

test('a saved view keeps no number', () => {
  const params = new URLSearchParams({ status: 'pending', search: PHONE });
  expect(viewQuery(params)).toBe('status=pending');
  expect(viewQuery(closeAddress(params))).toBe('status=pending');
});

test('an address that is old or typed by hand narrows the list by what of it is known', () => {
  const address = new URLSearchParams('status=hello,pending&assignee=zz&due=foo&updated=x&new=1');
  expect(Object.fromEntries(openAddress(address))).toEqual({ status: 'pending', new: '1' });
});
