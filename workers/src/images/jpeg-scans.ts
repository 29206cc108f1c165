const [START_OF_SCAN, END, PROGRESSIVE] = [0xda, 0xd9, 0xc2];
/** Frame headers of the other ways to code (ITU T.81, table B.1). */
const OTHER_FRAMES = [0xc0, 0xc1, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const COEFFICIENTS = 64;
/** The last bit of the coefficients is what a last scan adds: hardly anybody sees whether it is there. */
const FINE = 1;

/**
 * Whether the scans of a progressive JPEG that are whole (each sharpens all rows) make a picture as it was meant but for
 * the last bit; null for a JPEG of another kind.
 */
export function hasItsScans(content: Uint8Array): boolean | null {
  const precision = new Map<number, Uint8Array>();
  for (let at = 2; at + 4 <= content.length; ) {
    const marker = content[at + 1] as number;
    const length = ((content[at + 2] as number) << 8) | (content[at + 3] as number);
    const body = content.subarray(at + 4, at + 2 + length);
    if (content[at] !== 0xff || OTHER_FRAMES.includes(marker) || marker === END) break;
    at += 2 + length;
    if (marker === PROGRESSIVE) {
      for (let n = 0; n < (body[5] ?? 0); n++)
        precision.set(body[6 + n * 3] ?? 0, new Uint8Array(COEFFICIENTS).fill(16));
    } else if (marker === START_OF_SCAN) {
      const next = nextMarker(content, at);
      if (next === null) break;
      at = next;
      const many = body[0] ?? 0;
      const [from = 0, to = 0, bits = 0] = body.subarray(1 + many * 2);
      for (let n = 0; n < many; n++) precision.get(body[1 + n * 2] ?? 0)?.fill(bits & 0xf, from, to + 1);
    }
  }
  if (precision.size === 0) return null;
  return [...precision.values()].every((bits) => bits.every((left) => left <= FINE));
}

/** Where the data of a scan ends; null where the file does before. */
function nextMarker(content: Uint8Array, from: number): number | null {
  for (let at = content.indexOf(0xff, from); at >= 0; at = content.indexOf(0xff, at + 1)) {
    const marker = content[at + 1] ?? 0;
    // Nothing but a stuffed byte, filling, or a restart within the scan.
    if (marker !== 0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd7)) return at;
  }
  return null;
}
