import { getLocale, type Locale, overwriteGetLocale, setLocale } from '#lib/paraglide/runtime.js';
import { browser } from '$app/env';

let current = $state<Locale>('zh-CN');

/** Makes every message on the page follow a change of language, without a reload. */
export function followLocale(): void {
  if (!browser) return;
  current = getLocale();
  overwriteGetLocale(() => current);
}

let chosen = false;
/** Whether the reader chose a language on this page; else the profile decides at sign-in. */
export const wasLocaleChosen = () => chosen;

export function changeLocale(locale: Locale): void {
  chosen = true;
  void setLocale(locale, { reload: false });
  current = locale;
  document.documentElement.lang = locale;
}

/** The two-language names of the catalog in the reader's language. */
export function localized(text: { zh: string; en: string } | undefined): string {
  if (!text) return '';
  return getLocale() === 'en' ? text.en : text.zh;
}
