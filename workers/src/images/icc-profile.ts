/** The columns of sRGB's matrix as profiles have them, for a white of D50 (IEC 61966-2-1, ICC.1). */
const COLUMNS = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
};
const CURVES = ['rTRC', 'gTRC', 'bTRC'];
/** A profile with one of these describes its colours by a table, not by matrix and curves. */
const TABLES = ['A2B0', 'A2B1', 'A2B2', 'D2B0', 'D2B1', 'D2B2', 'D2B3'];
/** Differences that no picture of eight bits shows. */
const TOLERANCE = 0.002;

/**
 * Whether a profile says that a picture's colours are sRGB, whatever the profile calls itself. To convert such a
 * picture changes nothing and takes as long as all the rest of its preview.
 */
export function isSrgb(profile: Uint8Array): boolean {
  try {
    const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
    if (text(view, 16) !== 'RGB ' || text(view, 20) !== 'XYZ ') return false;
    const tags = new Map<string, DataView>();
    for (let at = 132; at < 132 + 12 * Math.min(view.getUint32(128), 100); at += 12) {
      const [start, length] = [view.getUint32(at + 4), view.getUint32(at + 8)];
      tags.set(text(view, at), new DataView(profile.buffer, profile.byteOffset + start, length));
    }
    if (TABLES.some((name) => tags.has(name))) return false;
    return (
      Object.entries(COLUMNS).every(([name, column]) => isColumn(tags.get(name), column)) &&
      CURVES.every((name) => isSrgbCurve(tags.get(name)))
    );
  } catch (error) {
    // Leave a truncated profile to the converter, which handles it.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const text = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
const fixed = (view: DataView, at: number) => view.getInt32(at) / 65536;
const isNear = (a: number, b: number) => Math.abs(a - b) <= TOLERANCE;

function isColumn(tag: DataView | undefined, column: number[]): boolean {
  return !!tag && column.every((value, n) => isNear(fixed(tag, 8 + 4 * n), value));
}

function isSrgbCurve(tag: DataView | undefined): boolean {
  const curve = tag && curveOf(tag);
  return !!curve && Array.from({ length: 33 }, (_, n) => n / 32).every((x) => isNear(curve(x), toLight(x)));
}

/** From what is stored to light, by the standard. */
const toLight = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);

function curveOf(tag: DataView): ((x: number) => number) | null {
  if (text(tag, 0) === 'para' && tag.getUint16(8) === 3) {
    const [g = 0, a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3, 4].map((n) => fixed(tag, 12 + 4 * n));
    return (x) => (x >= d ? (a * x + b) ** g : c * x);
  }
  if (text(tag, 0) !== 'curv') return null;
  const last = tag.getUint32(8) - 1;
  if (last < 1) return null;
  const point = (n: number) => tag.getUint16(12 + 2 * n) / 65535;
  return (x) => {
    const below = Math.min(Math.floor(x * last), last - 1);
    return point(below) + (point(below + 1) - point(below)) * (x * last - below);
  };
}
