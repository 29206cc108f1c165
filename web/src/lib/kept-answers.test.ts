import { describe, expect, it } from 'vitest';
import { ProblemError } from './api.ts';
import { KeptAnswers } from './kept-answers.ts';

const away = () =>
  Promise.reject(new ProblemError({ type: 'unavailable', title: '', status: 0, detail: '', instance: '' }));
const gone = () =>
  Promise.reject(new ProblemError({ type: 'not-found', title: '', status: 404, detail: '', instance: '' }));

describe('what pages read last', () => {
  it('is there again while the server is not reached, with the time it was read', async () => {
    const ages: (number | null)[] = [];
    const kept = new KeptAnswers((at) => ages.push(at));
    const before = Date.now();
    await kept.read('list', async () => 'rows');
    expect(await kept.read('list', away)).toBe('rows');
    expect(ages[0]).toBeNull();
    expect(ages[1]).toBeGreaterThanOrEqual(before);
  });

  it('is never shown for a page that was not read, nor after the server refused it', async () => {
    const kept = new KeptAnswers(() => {});
    await expect(kept.read('one', away)).rejects.toThrow(ProblemError);
    await kept.read('two', async () => 'file');
    await expect(kept.read('two', gone)).rejects.toThrow(ProblemError);
    await expect(kept.read('two', away)).rejects.toThrow(ProblemError);
  });

  it('is bounded, and forgotten when somebody else signs in', async () => {
    const kept = new KeptAnswers(() => {});
    for (let n = 0; n < 41; n += 1) await kept.read(`page ${n}`, async () => n);
    await expect(kept.read('page 0', away)).rejects.toThrow(ProblemError);
    expect(await kept.read('page 40', away)).toBe(40);
    kept.forget();
    await expect(kept.read('page 40', away)).rejects.toThrow(ProblemError);
  });
});
