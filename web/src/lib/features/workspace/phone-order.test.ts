import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { describe, expect, test } from 'vitest';
import { phonePlaces } from './phone-order.ts';

const item = (type: string, state: CompletenessItem['state']) => ({ type, state }) as CompletenessItem;

describe('the slots on the phone', () => {
  const first = phonePlaces(
    [item('front', 'accepted'), item('back', 'returned'), item('income', 'missing')],
    new Map(),
    false,
  );

  test('begin with what came back, then what is missing, then what is done', () => {
    expect([...first]).toEqual([
      ['front', 2],
      ['back', 0],
      ['income', 1],
    ]);
  });

  test('stay where they are when a file arrives', () => {
    const now = [item('front', 'accepted'), item('back', 'received'), item('income', 'received')];
    expect(phonePlaces(now, first, false)).toEqual(first);
  });

  test('take a new type in among those that are missing', () => {
    const now = [item('front', 'accepted'), item('back', 'returned'), item('deed', 'missing')];
    expect(phonePlaces(now, first, false).get('deed')).toBe(1);
  });

  test('are put in order again when the file comes back from review', () => {
    const now = [item('front', 'returned'), item('back', 'received'), item('income', 'received')];
    expect([...phonePlaces(now, first, true).values()]).toEqual([0, 2, 2]);
  });
});
