import { expect, test } from 'vitest';
import { layeredStyles } from './layered-styles.ts';

const { transform } = layeredStyles() as { transform(code: string, id: string): string | null };

test('what a component or feature wears lies below the utilities, whichever sheet comes first', () => {
  for (const id of ['lib/ui/X.svelte?svelte&type=style&lang.css', 'styles/portal.css'])
    expect(transform('a{}', `/anywhere/web/src/${id}`)).toBe(
      '@layer theme, base, components, utilities;\n@layer components {\na{}\n}',
    );
});

test('a sheet that imports others, and one of a package, state their layers themselves', () => {
  expect(transform('@import "./a.css";', '/anywhere/web/src/app.css')).toBeNull();
  expect(transform('a{}', '/node_modules/other/a.css')).toBeNull();
});
