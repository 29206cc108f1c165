import { CARD_FRAME_WIDTH } from '@qijian/domain/rules/photo-quality.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** What is looked at around the guide, and kept around the card in the photograph, as shares of the guide's width. */
const LOOK = 0.11;
export const KEEP = 0.06;

/** The part of a camera's picture under a rectangle of the screen, where the picture covers the stage. */
export function inPicture(rect: Rect, stage: Size, picture: Size): Rect {
  const scale = Math.max(stage.width / picture.width, stage.height / picture.height);
  return {
    x: (rect.x - stage.width / 2) / scale + picture.width / 2,
    y: (rect.y - stage.height / 2) / scale + picture.height / 2,
    width: rect.width / scale,
    height: rect.height / scale,
  };
}

/** A rectangle with a margin on all sides, as far as the picture goes; whole pixels. */
export function withMargin(rect: Rect, share: number, picture: Size): Rect {
  const margin = rect.width * share;
  const x = Math.max(0, Math.round(rect.x - margin));
  const y = Math.max(0, Math.round(rect.y - margin));
  return {
    x,
    y,
    width: Math.min(picture.width, Math.round(rect.x + rect.width + margin)) - x,
    height: Math.min(picture.height, Math.round(rect.y + rect.height + margin)) - y,
  };
}

/** The part of a still that a film of another shape shows: as much of its middle as has the film's shape. */
export function filmPart(still: Size, film: Size): Rect {
  const width = Math.min(still.width, (still.height * film.width) / film.height);
  const height = Math.min(still.height, (still.width * film.height) / film.width);
  return { x: (still.width - width) / 2, y: (still.height - height) / 2, width, height };
}

/** What to cut out of the picture to judge it, how large to make it, and where the guide lies in that. */
export function lookAt(guide: Rect, picture: Size, margin = LOOK): { crop: Rect; frame: Size; guide: Rect } {
  const crop = withMargin(guide, margin, picture);
  // Keep the guide the same size whatever the margin: sharpness limits are in pixels.
  const scale = CARD_FRAME_WIDTH / (1 + 2 * LOOK) / guide.width;
  return {
    crop,
    frame: { width: Math.round(crop.width * scale), height: Math.round(crop.height * scale) },
    guide: {
      x: (guide.x - crop.x) * scale,
      y: (guide.y - crop.y) * scale,
      width: guide.width * scale,
      height: guide.height * scale,
    },
  };
}
