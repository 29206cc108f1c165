import { describe, expect, test } from 'vitest';
import { splitComment } from './split-comment.ts';

const short = (body: string, names: string[] = []) =>
  splitComment(
    body,
    names.map((displayName) => ({ displayName })),
  ).map(({ kind, text }) => (kind === 'text' ? text : `${kind}:${text}`));

describe('the pieces of a comment', () => {
  test('put together are the comment', () => {
    const body = '@林晓 见 https://a.cn/x?y=1，或 @林晓明。\n谢谢';
    const parts = splitComment(body, [{ displayName: '林晓' }, { displayName: '林晓明' }]);
    expect(parts.map(({ text }) => text).join('')).toBe(body);
  });
  test('mark the mentioned only, the longer name first', () => {
    expect(short('@林晓明和@林晓、@沈知远', ['林晓', '林晓明'])).toEqual([
      'mention:@林晓明',
      '和',
      'mention:@林晓',
      '、@沈知远',
    ]);
  });
  test('mark http and https addresses, without the sentence’s end', () => {
    expect(short('看https://a.cn/b。再看 http://c.cn.')).toEqual([
      '看',
      'link:https://a.cn/b',
      '。再看 ',
      'link:http://c.cn',
      '.',
    ]);
  });
  test('leave every other address plain', () => {
    for (const body of [
      'javascript:alert(1)',
      'ftp://a.cn',
      'data:text/html,x',
      '//a.cn',
      'www.a.cn',
      'http://',
    ]) {
      expect(short(body)).toEqual([body]);
    }
  });
  test('find no mention within an address', () => {
    expect(short('https://a.cn/@林晓', ['林晓'])).toEqual(['link:https://a.cn/@林晓']);
  });
});
