import { expect, test } from 'vitest';
import { tokenIn } from './token-in.ts';

const OLD = 'Zk3vX_0aB-cdEFghIJklMNopQRstUVwxYZ012345678';
const NEW = 'abcdefghijklmnopqrstuvwxyz234567';

test.each(['', '。', '，请尽快', ')', '）', '#wechat_redirect', '&from=singlemessage', '%E3%80%82', ' 谢谢'])(
  'a link that was copied with “%s” behind it opens',
  (behind) => {
    expect(tokenIn(OLD + behind)).toBe(OLD);
    expect(tokenIn(NEW + behind)).toBe(NEW);
  },
);

test('a link in capitals opens; one of an earlier release keeps its capitals, which mean something', () => {
  expect(tokenIn(NEW.toUpperCase())).toBe(NEW);
  expect(tokenIn(OLD)).toBe(OLD);
});

test('an address that was cut off is left for the server to refuse; one without a secret has none', () => {
  expect(tokenIn('abc%')).toBe('abc%');
  expect(tokenIn('')).toBe('');
});
