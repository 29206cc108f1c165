/** How a page is looked at: nothing of it is stored. */
export interface View {
  /** 1 fits the page into the stage. */
  zoom: number;
  /** Pixels from the middle of the stage to the middle of the page. */
  x: number;
  y: number;
  /** Quarter turns clockwise. */
  turns: number;
}
export interface Size {
  width: number;
  height: number;
}
/** A part of a page, in fractions of the upright page. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const FITTED: View = { zoom: 1, x: 0, y: 0, turns: 0 };
const LEAST = 0.25;
const MOST = 8;
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

/** Zooms so that what is under the pointer stays there; `at` is measured from the middle of the stage. */
export function zoomedAt(view: View, factor: number, at: { x: number; y: number } = { x: 0, y: 0 }): View {
  const zoom = Math.min(MOST, Math.max(LEAST, view.zoom * factor));
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

/** Moved or resized by fractions of the page, and still on it. */
export function nudged(rect: Rect, by: { x?: number; y?: number; width?: number; height?: number }): Rect {
  const width = Math.min(1, Math.max(0.02, rect.width + (by.width ?? 0)));
  const height = Math.min(1, Math.max(0.02, rect.height + (by.height ?? 0)));
  return {
    width,
    height,
    x: Math.min(1 - width, Math.max(0, rect.x + (by.x ?? 0))),
    y: Math.min(1 - height, Math.max(0, rect.y + (by.y ?? 0))),
  };
}
