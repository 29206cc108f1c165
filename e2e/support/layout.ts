import type { Page } from '@playwright/test';

/**
 * What a page of this width does wrong, in words: a page or a list in it that scrolls sideways, a table wider than its
 * place, a button that is cut off, words that end in the middle without an ellipsis or lie over other words or over
 * something to press.
 */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Box {
      element: Element;
      name: string;
      left: number;
      top: number;
      right: number;
      bottom: number;
    }
    const faults = new Set<string>();
    /** What is higher is no strip of tabs or pictures that is meant to move sideways. */
    const STRIP = 200;
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) faults.add(`the page is ${root.scrollWidth - innerWidth} px too wide`);

    /** What is seen of a rectangle inside everything that clips it. */
    function seen(element: Element, rect: DOMRect): Omit<Box, 'element' | 'name'> {
      let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
      for (let at: Element | null = element; at && at !== root; at = at.parentElement) {
        const style = getComputedStyle(at);
        // For screen readers alone.
        if (style.clipPath !== 'none') return { left: 0, top: 0, right: 0, bottom: 0 };
        if (at !== document.body && style.overflow !== 'visible') {
          const clip = at.getBoundingClientRect();
          [left, top] = [Math.max(left, clip.left), Math.max(top, clip.top)];
          [right, bottom] = [Math.min(right, clip.right), Math.min(bottom, clip.bottom)];
        }
        if (style.position === 'fixed') break;
      }
      return {
        left: Math.max(0, left),
        top: Math.max(0, top),
        right: Math.min(innerWidth, right),
        bottom: Math.min(innerHeight, bottom),
      };
    }
    /** What floats over the rest on purpose; its own parts must not lie over each other. */
    function layer(element: Element): Element | null {
      for (let at: Element | null = element; at; at = at.parentElement)
        if (['fixed', 'sticky'].includes(getComputedStyle(at).position)) return at.closest('thead') ?? at;
      return null;
    }
    /** Whether a line of words ends at the edge of what clips it, as if there were nothing more. */
    function isCut(element: Element, line: DOMRect): boolean {
      for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
        const { clipPath, display, overflowX, textOverflow, webkitLineClamp } = getComputedStyle(at);
        if (clipPath !== 'none' || ['auto', 'scroll'].includes(overflowX)) return false;
        if (overflowX === 'visible') continue;
        const clip = at.getBoundingClientRect();
        const isBelow = line.top >= clip.bottom - 1;
        if (isBelow || line.right <= clip.right + 1 || line.left >= clip.right) return false;
        // An ellipsis is drawn by what holds lines, not by what arranges boxes.
        const hasEllipsis = textOverflow === 'ellipsis' && !/flex|grid/.test(display);
        return !hasEllipsis && webkitLineClamp === 'none';
      }
      return false;
    }
    const isShown = (element: Element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest('.sr');
    const isSeen = ({ left, right, top, bottom }: Box) => right - left > 1 && bottom - top > 1;

    const words: Box[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim();
      if (!element || !text || !isShown(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        if (isCut(element, rect)) faults.add(`“${text.slice(0, 24)}” ends in the middle without saying so`);
        const box = { element, name: `“${text.slice(0, 24)}”`, ...seen(element, rect) };
        if (isSeen(box)) words.push(box);
      }
    }
    const things: Box[] = [];
    for (const element of document.querySelectorAll(
      'button, input, select, textarea, span[role=img], .btn',
    )) {
      if (!isShown(element)) continue;
      const rect = element.getBoundingClientRect();
      const label = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
      const box = {
        element,
        name: `${element.tagName.toLowerCase()} “${label.slice(0, 24)}”`,
        ...seen(element, rect),
      };
      if (!isSeen(box)) continue;
      things.push(box);
      let scroller: Element | null = element.parentElement;
      while (scroller && !['auto', 'scroll'].includes(getComputedStyle(scroller).overflowX))
        scroller = scroller.parentElement;
      const isScrolledTo = scroller !== null && scroller.scrollWidth > scroller.clientWidth;
      if (!isScrolledTo && box.right - box.left < rect.width - 1) faults.add(`${box.name} is cut off`);
    }
    for (const table of document.querySelectorAll('table')) {
      const room = table.parentElement?.clientWidth ?? 0;
      if (isShown(table) && table.offsetWidth > room + 1)
        faults.add(`table “${table.getAttribute('aria-label')}” is ${table.offsetWidth - room} px too wide`);
    }
    for (const list of document.querySelectorAll('*')) {
      const { overflowX, overflowY } = getComputedStyle(list);
      if (overflowX !== 'auto' || overflowY !== 'auto' || !isShown(list)) continue;
      const over = list.scrollWidth - list.clientWidth;
      if (
        over > 1 &&
        (list.scrollHeight > list.clientHeight || list.clientHeight > STRIP || list.closest('dialog'))
      )
        faults.add(`${list.tagName.toLowerCase()}.${list.className} moves sideways by ${over} px`);
    }
    const overlaps = (one: Box, other: Box) =>
      Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2 &&
      Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;
    const all = [...words, ...things];
    for (const [index, one] of words.entries())
      for (const other of all.slice(index + 1)) {
        if (other.element.contains(one.element) || one.element.contains(other.element)) continue;
        if (!overlaps(one, other) || layer(one.element) !== layer(other.element)) continue;
        faults.add(`${one.name} and ${other.name} lie over each other`);
      }
    return [...faults];
  });
}
