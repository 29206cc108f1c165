import { describe, expect, test } from 'vitest';
import { ACTIONS, type Action, may } from './permissions.ts';
import { ROLES } from './roles.ts';

/** "Who may do what" of the product: admin, staff, auditor. */
const TABLE: Record<Action, string> = {
  'customers.read': 'yes yes yes',
  'customers.write': 'yes yes no',
  'customers.delete': 'yes yes no',
  'customers.restore': 'yes no no',
  'customers.submit': 'yes yes no',
  'customers.reveal': 'yes yes yes',
  'documents.upload': 'yes yes no',
  'documents.read': 'yes yes yes',
  'documents.delete-own': 'yes yes no',
  'documents.delete-any': 'yes no no',
  'reviews.decide': 'yes no yes',
  'reviews.take-over': 'yes no no',
  'comments.write': 'yes yes yes',
  'links.manage': 'yes yes no',
  'catalog.read': 'yes yes yes',
  'catalog.write': 'yes no no',
  'users.manage': 'yes no no',
  'audit.read': 'yes no yes',
  'figures.read': 'yes no no',
};

describe('permissions', () => {
  test.each(ACTIONS.map((action) => [action, TABLE[action]] as const))(
    '%s is for admin, staff, auditor: %s',
    (action, row) => {
      const [admin, staff, auditor] = row.split(' ').map((word) => word === 'yes');
      expect(ROLES.map((role) => may(role, action))).toEqual([admin, staff, auditor]);
    },
  );
});
