import { ROLES } from '@qijian/domain/rules/roles.ts';
import { describe, expect, it } from 'vitest';
import { audienceOf, mayRead } from './entitlement.ts';

const ID = '0190f3c4-1111-7abc-8def-000000000001';
const OTHER = '0190f3c4-1111-7abc-8def-000000000002';

describe('who may read which stream', () => {
  it.each(ROLES)('lets the role %s read the list, the catalog and every customer', (role) => {
    expect(mayRead({ userId: ID, role }, 'customers')).toBe(true);
    expect(mayRead({ userId: ID, role }, 'catalog')).toBe(true);
    expect(mayRead({ userId: ID, role }, `customer:${OTHER}`)).toBe(true);
  });

  it.each(ROLES)('lets the role %s read accounts and invitations only where it manages them', (role) => {
    expect(mayRead({ userId: ID, role }, 'users')).toBe(role === 'admin');
  });

  it.each(ROLES)('gives %s nobody else’s user stream and no customer’s portal stream', (role) => {
    expect(mayRead({ userId: ID, role }, `user:${ID}`)).toBe(true);
    expect(mayRead({ userId: ID, role }, `user:${OTHER}`)).toBe(false);
    expect(mayRead({ userId: ID, role }, `customer:${ID}:portal`)).toBe(false);
  });

  it('gives a customer who came by a link the own portal stream alone', () => {
    const customer = { userId: OTHER, role: 'portal', customerId: ID } as const;
    expect(mayRead(customer, `customer:${ID}:portal`)).toBe(true);
    for (const stream of [
      'customers',
      'catalog',
      'users',
      `customer:${ID}`,
      `customer:${OTHER}:portal`,
      `user:${ID}`,
      `user:${OTHER}`,
    ]) {
      expect(mayRead(customer, stream), stream).toBe(false);
    }
    expect(mayRead({ ...customer, customerId: null }, `customer:${ID}:portal`)).toBe(false);
  });

  it.each([
    '',
    'customer:',
    'customer:*',
    `customer:${ID} `,
    `customer:${ID}\n`,
    `CUSTOMER:${ID}`,
    'customers:',
    'catalog:',
    'users:',
    `users:${ID}`,
    '__proto__',
    `user:${ID}:x`,
    `customer:${ID}:portal:`,
    `customer:${ID}:portals`,
    `user:${ID}:portal`,
    "customer:' or 1=1",
  ])('knows no audience for %j', (stream) => {
    expect(audienceOf(stream)).toBeNull();
    expect(mayRead({ userId: ID, role: 'admin' }, stream)).toBe(false);
  });
});
