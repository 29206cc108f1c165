import { describe, expect, test } from 'vitest';
import { mentionAt, mentionsIn, peopleLike } from './mentions.ts';

const people = ['林晓', '林晓明', '沈知远', 'Al', 'Alice'].map((displayName) => ({
  id: displayName,
  displayName,
}));

describe('the mention before the caret', () => {
  test.each([
    ['@', { from: 0, name: '' }],
    ['请 @沈', { from: 2, name: '沈' }],
    ['请@沈知', { from: 1, name: '沈知' }],
    ['请＠沈', { from: 1, name: '沈' }],
    ['\n@al', { from: 1, name: 'al' }],
  ])('is found in "%s"', (text, expected) => {
    expect(mentionAt(text, text.length)).toEqual(expected);
  });
  test.each(['', '沈', 'a@b.cn', '@沈知远 ', '@@'])('is not found in "%s"', (text) => {
    expect(mentionAt(text, text.length)).toBeNull();
  });
  test('ends at the caret', () => {
    expect(mentionAt('@沈知远', 2)).toEqual({ from: 0, name: '沈' });
  });
});

test('people are found by a part of the name, the beginning first, whatever the case', () => {
  expect(peopleLike(people, '明').map(({ id }) => id)).toEqual(['林晓明']);
  expect(peopleLike(people, 'L').map(({ id }) => id)).toEqual(['Al', 'Alice']);
  expect(peopleLike([{ id: '1', displayName: '远沈' }, ...people], '沈').map(({ id }) => id)).toEqual([
    '沈知远',
    '1',
  ]);
  expect(peopleLike(people, '无')).toEqual([]);
});

describe('who is mentioned', () => {
  const none = new Set<string>();
  test('is whose whole name stands after the sign, in the order of the text', () => {
    expect(mentionsIn('@沈知远 和@林晓看一下', people, none)).toEqual(['沈知远', '林晓']);
    expect(mentionsIn('＠林晓', people, none)).toEqual(['林晓']);
    expect(mentionsIn('林晓 沈知远', people, none)).toEqual([]);
  });
  test('is not somebody whose name is the beginning of the one that is meant', () => {
    expect(mentionsIn('@林晓明 请看', people, none)).toEqual(['林晓明']);
    expect(mentionsIn('@Alice', people, none)).toEqual(['Alice']);
    expect(mentionsIn('@Alan', people, none)).toEqual([]);
  });
  test('is of two with the same name the one who was picked', () => {
    const twins = [
      { id: '1', displayName: '王伟' },
      { id: '2', displayName: '王伟' },
    ];
    expect(mentionsIn('@王伟', twins, new Set(['2']))).toEqual(['2']);
    expect(mentionsIn('@王伟', twins, none)).toEqual([]);
  });
});
