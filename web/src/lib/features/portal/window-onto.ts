import type { Size } from '@qijian/domain/rules/picture-size.ts';

/** Height of the card's pictures, in CSS pixels. */
const HIGH = 96;

/**
 * How a long picture lies behind a window as wide as the card, in CSS pixels: its short side fills the window, and the
 * marked place is in the middle as far as the picture's ends allow.
 */
export function windowOnto(
  picture: Size,
  wide: number,
  place: { x: number; y: number; width: number; height: number } | null,
): Size & { left: number; top: number } {
  const scale = Math.max(wide / picture.width, HIGH / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  const centre = place && {
    x: (place.x + place.width / 2) * width,
    y: (place.y + place.height / 2) * height,
  };
  const at = (middle: number, window: number, all: number) =>
    Math.min(0, Math.max(window - all, window / 2 - middle));
  return {
    width,
    height,
    left: centre ? at(centre.x, wide, width) : 0,
    top: centre ? at(centre.y, HIGH, height) : 0,
  };
}
