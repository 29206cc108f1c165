import { AnsweringServer, enterPage, leavePage } from '@qijian/e2e/fixtures/page-surroundings.ts';
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormDraft } from './form-draft.svelte.ts';

interface Values {
  name: string;
  days: number;
}
const START: Values = { name: '', days: 90 };

let about = $state('token');
let isOpen = $state(false);
let leave: () => void;

beforeEach(() => {
  enterPage(new AnsweringServer());
  about = 'token';
  isOpen = false;
});
afterEach(() => {
  leave();
  leavePage();
});

/** A page with the dialog on it. */
function page(start = START, userId = 'me'): FormDraft<Values> {
  let form: FormDraft<Values> | undefined;
  leave = $effect.root(() => {
    form = new FormDraft({ userId, about: () => about, start: () => start, isOpen: () => isOpen });
  });
  show(false);
  return form as FormDraft<Values>;
}
function show(open: boolean) {
  isOpen = open;
  flushSync();
}
function type(form: FormDraft<Values>, name: string) {
  form.values.name = name;
  flushSync();
}

describe('what is typed into a form', () => {
  it('is there when it is opened again, on this page and the next', () => {
    const form = page();
    show(true);
    expect([form.typed, form.restored]).toEqual([false, false]);
    type(form, '夜间导出');
    show(false);
    show(true);
    expect([form.values, form.typed, form.restored]).toEqual([{ name: '夜间导出', days: 90 }, true, true]);
    leave();
    const next = page();
    show(true);
    expect([next.values.name, next.restored]).toEqual(['夜间导出', true]);
  });

  it('is another’s no more than another form’s', () => {
    const form = page();
    show(true);
    type(form, '夜间导出');
    show(false);
    about = 'view';
    show(true);
    expect([form.values, form.restored]).toEqual([START, false]);
    leave();
    about = 'token';
    const others = page(START, 'other');
    show(true);
    expect(others.values).toEqual(START);
  });

  it('is gone when it is begun anew, or taken back by hand', () => {
    const form = page();
    show(true);
    type(form, '夜间导出');
    form.startAnew();
    flushSync();
    expect([form.values, form.typed, form.restored]).toEqual([START, false, false]);
    type(form, '夜');
    type(form, '');
    leave();
    const next = page();
    show(true);
    expect(next.restored).toBe(false);
  });

  it('goes on over what the form begins with now', () => {
    const form = page();
    show(true);
    type(form, '夜间导出');
    leave();
    const next = page({ name: '旧', days: 30 });
    show(true);
    expect(next.values).toEqual({ name: '夜间导出', days: 90 });
  });
});

describe('a form that is sent', () => {
  it('keeps nothing once it was taken', async () => {
    const form = page();
    show(true);
    type(form, '夜间导出');
    expect(await form.send(() => Promise.resolve())).toBe(true);
    show(false);
    show(true);
    expect([form.values, form.busy]).toEqual([START, false]);
  });

  it('keeps what was typed and says why when it was not', async () => {
    const form = page();
    show(true);
    type(form, '夜间导出');
    const error = new Error('refused');
    expect(await form.send(() => Promise.reject(error))).toBe(false);
    expect([form.failure, form.busy]).toEqual([error, false]);
    expect(await form.send(() => false)).toBe(false);
    show(false);
    show(true);
    expect([form.values.name, form.failure]).toEqual(['夜间导出', null]);
  });
});
