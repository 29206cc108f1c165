/** How a picture is looked at: moved in pixels from the middle, turned in degrees, enlarged; never changed itself. */
export interface View {
  x: number;
  y: number;
  turn: number;
  zoom: number;
}
export interface Point {
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}

export const FITTED: View = { x: 0, y: 0, turn: 0, zoom: 1 };
const SMALLEST = 0.5;
const LARGEST = 8;

/** Enlarges around a point measured from the middle of the stage: what is under it stays under it. */
export function zoomed(view: View, factor: number, at: Point = { x: 0, y: 0 }): View {
  const zoom = Math.max(SMALLEST, Math.min(LARGEST, view.zoom * factor));
  const by = zoom / view.zoom;
  return { ...view, zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Turned by a quarter, back in the middle and fitting. */
export function turned(view: View, quarters: 1 | -1): View {
  return { ...FITTED, turn: view.turn + quarters * 90 };
}

/** How much smaller a picture that fits upright must be drawn so that it fits when it lies on its side. */
export function sideways(picture: Size, stage: Size, turn: number): number {
  if (turn % 180 === 0 || picture.width === 0 || picture.height === 0) return 1;
  return Math.min(1, stage.width / picture.height, stage.height / picture.width);
}
