import { describe, expect, test } from 'vitest';
import {
  acceptsDocuments,
  CUSTOMER_COMMANDS,
  CUSTOMER_STATES,
  mayCommand,
  stateForCompleteness,
} from './customer-states.ts';
import { ROLES } from './roles.ts';

/** The state machine of the product: every line that is not here is refused. */
const ALLOWED = [
  'submit complete staff',
  'submit complete admin',
  'withdraw reviewing staff',
  'withdraw reviewing admin',
  'approve reviewing auditor',
  'approve reviewing admin',
  'reject reviewing auditor',
  'reject reviewing admin',
  'return reviewing auditor',
  'return reviewing admin',
  'reopen rejected staff',
  'reopen rejected admin',
  'reopen approved admin',
];

describe('the states of a customer', () => {
  for (const command of CUSTOMER_COMMANDS) {
    for (const state of CUSTOMER_STATES) {
      for (const role of ROLES) {
        const line = `${command} ${state} ${role}`;
        const allowed = ALLOWED.includes(line);
        test(`${role} ${allowed ? 'may' : 'may not'} ${command} while ${state}`, () => {
          expect(mayCommand(command, state, role)).toBe(allowed);
        });
      }
    }
  }

  test('completeness moves a customer between pending and complete and nowhere else', () => {
    const moves = CUSTOMER_STATES.flatMap((state) =>
      [
        { missing: [], checking: [] },
        { missing: [], checking: ['id_card_front'] },
        { missing: ['id_card_front'], checking: [] },
      ].map((lacks) => [state, lacks, stateForCompleteness(state, lacks)] as const),
    ).filter(([from, , to]) => from !== to);
    expect(moves).toEqual([
      ['pending', { missing: [], checking: [] }, 'complete'],
      ['complete', { missing: [], checking: ['id_card_front'] }, 'pending'],
      ['complete', { missing: ['id_card_front'], checking: [] }, 'pending'],
    ]);
  });

  test('decided customers take no documents', () => {
    expect(CUSTOMER_STATES.filter(acceptsDocuments)).toEqual(['pending', 'complete', 'reviewing']);
  });
});
