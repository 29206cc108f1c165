import { LONG_RATIO, type Size } from '@qijian/domain/rules/picture-size.ts';

/** How a page is looked at: nothing of it is stored. */
export interface View {
  /** 1 fits the page into the stage, a tall one by its width. */
  zoom: number;
  /** Pixels from the middle of the stage to the middle of the page. */
  x: number;
  y: number;
  /** Quarter turns clockwise. */
  turns: number;
  /** Not moved yet: a tall page begins at its head. */
  atHead?: boolean;
}
/** A part of a page, in fractions of the upright page. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const FITTED: View = { zoom: 1, x: 0, y: 0, turns: 0 };
const LIMITS = { least: 0.25, most: 8 };
/** What is around a tall page at its head and its end. */
const EDGE = 12;
/** Of a screen that was read, this much is still there after the next step. */
const OVERLAP = 40;
/** So much of a page stays in the stage however far it is pushed. */
const KEPT = 80;

const isAcross = (turns: number) => turns % 2 !== 0;

/** The size of the page, not turned, at which it fits into the stage when turned so. */
export function fitted(page: Size, stage: Size, turns: number): Size {
  const across = isAcross(turns);
  const scale = Math.min(
    stage.width / (across ? page.height : page.width),
    stage.height / (across ? page.width : page.height),
  );
  return { width: page.width * scale, height: page.height * scale };
}

/** Whether a page, turned so, is read by scrolling. */
export function isTall(page: Size, turns: number): boolean {
  const [width, height] = isAcross(turns) ? [page.height, page.width] : [page.width, page.height];
  return height > LONG_RATIO * width;
}

/** The size of the page, not turned, at which a tall one fills the width of the stage when turned so. */
export function filling(page: Size, width: number, turns: number): Size {
  const scale = width / (isAcross(turns) ? page.height : page.width);
  return { width: page.width * scale, height: page.height * scale };
}

/** Zooms so that what is under the pointer stays there; `at` is measured from the middle of the stage. */
export function zoomedAt(
  view: View,
  factor: number,
  at: { x: number; y: number } = { x: 0, y: 0 },
  limits = LIMITS,
): View {
  const zoom = Math.min(limits.most, Math.max(limits.least, view.zoom * factor));
  const by = zoom / view.zoom;
  return { ...view, zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Turned by quarters about the middle of the stage. */
export function turned(view: View, by: 1 | -1): View {
  const turns = (view.turns + by + 4) % 4;
  return { ...view, turns, x: by === 1 ? -view.y : view.y, y: by === 1 ? view.x : -view.x };
}

/** Moved back so far that a part of the page is in the stage. */
export function kept(view: View, page: Size, stage: Size): View {
  const across = isAcross(view.turns);
  const width = (across ? page.height : page.width) * view.zoom;
  const height = (across ? page.width : page.height) * view.zoom;
  const limit = (whole: number, room: number) => Math.max(0, (whole + room) / 2 - KEPT);
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value));
  return {
    ...view,
    x: clamp(view.x, limit(width, stage.width)),
    y: clamp(view.y, limit(height, stage.height)),
  };
}

/** A tall page moved back so far that nothing but an edge is beside it in the stage. */
export function scrolled(view: View, page: Size, stage: Size): View {
  const { atHead = false, ...rest } = view;
  const across = isAcross(view.turns);
  const limit = (whole: number, room: number) => (whole > room ? (whole - room) / 2 + EDGE : 0);
  const [x, y] = [
    limit((across ? page.height : page.width) * view.zoom, stage.width),
    limit((across ? page.width : page.height) * view.zoom, stage.height),
  ];
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value));
  return { ...rest, x: clamp(view.x, x), y: atHead ? y : clamp(view.y, y) };
}

/** Where one is on a tall page: the part that is in the stage, in fractions, and on which of how many screens. */
export interface Place {
  from: number;
  to: number;
  screen: number;
  screens: number;
}
/** How far one step goes on a stage of this height. */
export const screenStep = (stage: Size): number => Math.max(40, stage.height - OVERLAP);

export function placeOf(view: View, page: Size, stage: Size): Place {
  const height = (isAcross(view.turns) ? page.width : page.height) * view.zoom;
  const above = Math.max(0, height / 2 - stage.height / 2 - view.y);
  const hidden = Math.max(0, height - stage.height);
  const screens = hidden > 0 ? Math.ceil((hidden + EDGE) / screenStep(stage)) + 1 : 1;
  const isEnd = above >= hidden - 1;
  return {
    from: Math.min(1, above / height),
    to: Math.min(1, (above + stage.height) / height),
    screens,
    screen: isEnd ? screens : Math.min(screens, Math.round(above / screenStep(stage)) + 1),
  };
}

/** Where on the upright page a point of the stage lies, in fractions; `at` is measured from the middle of the stage. */
export function onPage(view: View, page: Size, at: { x: number; y: number }): { x: number; y: number } {
  const dx = at.x - view.x;
  const dy = at.y - view.y;
  const turned = [
    { x: dx, y: dy },
    { x: dy, y: -dx },
    { x: -dx, y: -dy },
    { x: -dy, y: dx },
  ][view.turns] as { x: number; y: number };
  const inside = (value: number) => Math.min(1, Math.max(0, value));
  return {
    x: inside(turned.x / (page.width * view.zoom) + 0.5),
    y: inside(turned.y / (page.height * view.zoom) + 0.5),
  };
}

/** The rectangle between two points of a page. */
export function between(a: { x: number; y: number }, b: { x: number; y: number }): Rect {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

/** The least side of a mark, in fractions of the page: as long either way, however long the page is. */
export function leastMark(page: Size): Size {
  const short = 0.02 * Math.min(page.width, page.height);
  return { width: short / page.width, height: short / page.height };
}

/** Moved or resized by fractions of the page, and still on it. */
export function nudged(
  rect: Rect,
  by: { x?: number; y?: number; width?: number; height?: number },
  least: Size = { width: 0.02, height: 0.02 },
): Rect {
  const width = Math.min(1, Math.max(least.width, rect.width + (by.width ?? 0)));
  const height = Math.min(1, Math.max(least.height, rect.height + (by.height ?? 0)));
  return {
    width,
    height,
    x: Math.min(1 - width, Math.max(0, rect.x + (by.x ?? 0))),
    y: Math.min(1 - height, Math.max(0, rect.y + (by.y ?? 0))),
  };
}
