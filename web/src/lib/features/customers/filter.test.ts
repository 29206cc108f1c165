import { describe, expect, it } from 'vitest';
import { apiQuery, pagerPages, viewQuery } from './filter.ts';

const NOW = Date.parse('2026-11-23T02:00:00Z');

describe('the address of the list', () => {
  it('turns "due today" into midnight in China and open files only', () => {
    const query = apiQuery(new URLSearchParams('due=today'), NOW);
    expect(query.get('dueBefore')).toBe('2026-11-23T16:00:00.000Z');
    expect(query.get('status')).toBe('pending,complete');
  });

  it('keeps what the API understands and drops the rest', () => {
    const query = apiQuery(new URLSearchParams('search=思远&new=1&page=2&updated=7'), NOW);
    expect(Object.fromEntries(query)).toEqual({
      search: '思远',
      page: '2',
      updatedSince: '2026-11-16T02:00:00.000Z',
    });
  });

  it('leaves out what an old or mistyped address asks for and the list does not know', () => {
    const known = (address: string) => apiQuery(new URLSearchParams(address), NOW).toString();
    expect(known('status=hello&sort=zzz&page=abc&pageSize=9999&assignee=zz&returned=1')).toBe('');
    expect(known('status=hello,pending&sort=dueAt&assignee=me,zz,none&page=0')).toBe(
      new URLSearchParams('status=pending&sort=dueAt&assignee=me,none').toString(),
    );
    expect(known('page=2&pageSize=50&todo=true')).toBe('page=2&pageSize=50&todo=true');
    // As far as pages go; further in there is only the next one.
    expect(known('page=1000')).toBe('page=666');
    expect(known('page=1000&pageSize=100')).toBe('page=100&pageSize=100');
  });

  it('saves a view the same way whatever order the filter was chosen in, without page and size', () => {
    const one = viewQuery(new URLSearchParams('page=3&branch=示例一部&updated=7&pageSize=50&new=1'));
    const other = viewQuery(new URLSearchParams('updated=7&branch=示例一部&sort=-updatedAt'));
    expect(one).toBe(other);
    expect(viewQuery(new URLSearchParams('sort=dueAt&due=today'))).toBe('due=today&sort=dueAt');
  });

  it('offers first, last and neighbouring pages with gaps between', () => {
    expect(pagerPages(1, 9)).toEqual([1, 2, null, 9]);
    expect(pagerPages(5, 9)).toEqual([1, null, 4, 5, 6, null, 9]);
    expect(pagerPages(1, 1)).toEqual([1]);
  });
});
