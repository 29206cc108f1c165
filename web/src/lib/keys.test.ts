import { afterAll, describe, expect, test } from 'vitest';
import { capsOf, commandOf, doesOf, KEYS, type Key } from './keys.ts';
import { overwriteGetLocale } from './paraglide/runtime.js';

type Locale = 'zh-CN' | 'en';
let locale: Locale = 'zh-CN';
overwriteGetLocale(() => locale);
afterAll(() => overwriteGetLocale(() => 'zh-CN'));

const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false }) as KeyboardEvent;
const keysOf = (group: Record<string, Key>) => Object.values(group).flatMap(({ keys }) => keys);
const WORDS = { 'zh-CN': { next: /^下一/, previous: /^上一/ }, en: { next: /^Next/, previous: /^Previous/ } };

describe.each(['zh-CN', 'en'] as const)('the help in %s', (language) => {
  test('says of each key what it does, J going on and K going back', () => {
    locale = language;
    const { next, previous } = WORDS[language];
    for (const group of [KEYS.customers, KEYS.queue, KEYS.desk]) {
      expect(commandOf(group, press('j'))).toBe('next');
      expect(commandOf(group, press('k'))).toBe('previous');
    }
    for (const group of [KEYS.customers, KEYS.workspace, KEYS.queue, KEYS.desk]) {
      expect(group.next.does()).toMatch(next);
      expect(group.previous.does()).toMatch(previous);
    }
    expect(KEYS.viewer.nextPage.does()).toMatch(next);
    expect(KEYS.viewer.previousPage.does()).toMatch(previous);
    expect(capsOf(KEYS.desk.next)).toEqual(['J']);
    const [first, second] = doesOf([KEYS.desk.next, KEYS.desk.previous]).split(' / ');
    expect([first, second]).toEqual([KEYS.desk.next.does(), KEYS.desk.previous.does()]);
  });
});

describe('keys', () => {
  test('mean one thing where they work', () => {
    const desk = { ...KEYS.desk, ...KEYS.viewer };
    const preview = { ...KEYS.preview, ...KEYS.viewer };
    for (const group of [KEYS.everywhere, KEYS.customers, KEYS.workspace, KEYS.queue, desk, preview]) {
      const keys = keysOf(group);
      expect(keys).toEqual([...new Set(keys)]);
    }
  });

  test('that begin a sequence do nothing by themselves', () => {
    const first = keysOf(KEYS.everywhere)
      .filter((keys) => keys.includes(' '))
      .map((keys) => keys[0] as string);
    expect(first).toContain('G');
    for (const group of Object.values(KEYS))
      for (const one of first) expect(commandOf(group as Record<string, Key>, press(one))).toBeNull();
  });

  test('of the viewer fit the width and show the own pixels of a page', () => {
    expect(commandOf(KEYS.viewer, press('w'))).toBe('fitWidth');
    expect(commandOf(KEYS.viewer, press('1'))).toBe('actual');
    expect(commandOf(KEYS.longPage, press(' '))).toBe('screenDown');
    expect(commandOf(KEYS.longPage, { ...press(' '), shiftKey: true })).toBe('screenUp');
  });

  test('with ctrl are others than without', () => {
    expect(commandOf(KEYS.desk, press('Enter', true))).toBe('approve');
    expect(commandOf(KEYS.desk, press('Enter'))).toBe('confirm');
    expect(commandOf(KEYS.desk, press('a', true))).toBeNull();
  });
});
