import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

export interface Look {
  colorScheme: 'light' | 'dark';
  locale: 'zh-CN' | 'en';
}
/** Contrast depends on the colours and names on the language, so these two see both of each. */
export const LOOKS: readonly Look[] = [
  { colorScheme: 'light', locale: 'zh-CN' },
  { colorScheme: 'dark', locale: 'en' },
];

/** What stands in the way of people on the page or one part of it, each with the element it is about. */
export async function findings(page: Page, part?: string): Promise<string[]> {
  await settled(page);
  const builder = new AxeBuilder({ page });
  const { violations } = await (part ? builder.include(part) : builder).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} — ${node.failureSummary}`),
  );
}

/** Colours that fade, as after another colour scheme was chosen, have arrived. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
    const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(fading.map(({ finished }) => finished));
  });
}
