import { CUSTOMER_NAME } from '@qijian/domain/rules/portal.ts';
import { afterAll, expect, test } from 'vitest';
import { shownName } from './names.ts';
import { overwriteGetLocale } from './paraglide/runtime.js';

afterAll(() => overwriteGetLocale(() => 'zh-CN'));

test('what a customer did is told in the reader’s language, and people keep their names', () => {
  overwriteGetLocale(() => 'en');
  expect(shownName(CUSTOMER_NAME)).toBe('Customer');
  expect(shownName('林晓')).toBe('林晓');
  overwriteGetLocale(() => 'zh-CN');
  expect(shownName(CUSTOMER_NAME)).toBe('客户');
});
