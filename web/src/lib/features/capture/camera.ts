import { coarse, hasMoved } from '@qijian/domain/rules/photo-quality.ts';
import { filmPart, type Rect, type Size, withMargin } from './geometry.ts';
import { pixels } from './judge.ts';

/** Why there is no camera; the page then offers the system's own camera and the album. */
export type NoCamera = 'refused' | 'missing' | 'in-use' | 'insecure' | 'unsupported' | 'failed';

const REASONS: Record<string, NoCamera> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'in-use',
  AbortError: 'in-use',
};

/** Opens the rear camera as large as it goes; throws nothing, answers why it could not. */
export async function openCamera(): Promise<MediaStream | NoCamera> {
  if (!window.isSecureContext) return 'insecure';
  if (!navigator.mediaDevices?.getUserMedia) return 'unsupported';
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        facingMode: { ideal: 'environment' },
        width: { ideal: 2560 },
        height: { ideal: 1440 },
        frameRate: { ideal: 30 },
      },
    });
  } catch (error) {
    return (error instanceof DOMException && REASONS[error.name]) || 'failed';
  }
}

export function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

interface Torch {
  torch?: boolean;
}

export function hasTorch(stream: MediaStream): boolean {
  const [track] = stream.getVideoTracks();
  return Boolean((track?.getCapabilities?.() as (MediaTrackCapabilities & Torch) | undefined)?.torch);
}

/** Answers whether the lamp now is as wished. */
export async function setTorch(stream: MediaStream, on: boolean): Promise<boolean> {
  try {
    await stream
      .getVideoTracks()[0]
      ?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
    return true;
  } catch {
    return false;
  }
}

interface PhotoTaker {
  takePhoto(): Promise<Blob>;
}
declare const ImageCapture: (new (track: MediaStreamTrack) => PhotoTaker) | undefined;

/** Longer than this nobody holds still. */
const PATIENCE_MS = 1500;
const QUALITY = 0.92;

/** A photograph and where the guide lies in it. */
export interface Still {
  readonly photo: Blob;
  readonly guide: Rect;
  readonly size: Size;
}

/**
 * The photograph of what lies in the guide, with a margin: by the camera's own shutter, whose picture often is higher or
 * wider than the film, where its middle shows the same as the film; else the film's frame at its native size.
 */
export async function takeStill(
  video: HTMLVideoElement,
  stream: MediaStream,
  guide: Rect,
  margin: number,
): Promise<Still | null> {
  const size = { width: video.videoWidth, height: video.videoHeight };
  // Grab the frame now: the next step may take a second.
  const whole = { x: 0, y: 0, ...size };
  const frame = await cut(video, size, guide, margin, size, whole).catch(() => null);
  const seen = look(video, whole);
  const larger = await photograph(stream);
  if (!larger) return frame;
  try {
    const part = filmPart(larger, size);
    const isSameView = seen !== null && !hasMoved(seen, look(larger, part) ?? seen);
    if (!isSameView || part.width <= size.width) return frame;
    return (await cut(larger, larger, guide, margin, size, part)) ?? frame;
  } finally {
    larger.close();
  }
}

async function photograph(stream: MediaStream): Promise<ImageBitmap | null> {
  const [track] = stream.getVideoTracks();
  if (!track || typeof ImageCapture === 'undefined') return null;
  try {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
    const photo = await Promise.race([new ImageCapture(track).takePhoto(), late]);
    return photo && (await createImageBitmap(photo, { imageOrientation: 'from-image' }));
  } catch {
    return null;
  }
}

/** A coarse picture of a part, to compare two of them. */
function look(source: CanvasImageSource, part: Rect): Float32Array | null {
  const canvasOf = (width: number, height: number) =>
    Object.assign(document.createElement('canvas'), { width, height });
  const small = pixels(source, part, { width: 96, height: 64 }, canvasOf);
  return small && coarse(small);
}

/** Cuts the guide, which was seen in a film of size `film`, out of a picture of which `part` shows the same. */
async function cut(
  source: CanvasImageSource,
  size: Size,
  guide: Rect,
  margin: number,
  film: Size,
  part: Rect,
): Promise<Still | null> {
  const scale = part.width / film.width;
  const place = {
    x: part.x + guide.x * scale,
    y: part.y + guide.y * scale,
    width: guide.width * scale,
    height: guide.height * scale,
  };
  const { x, y, width, height } = withMargin(place, margin, size);
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.drawImage(source, x, y, width, height, 0, 0, width, height);
  const photo = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  return photo && { photo, guide: { ...place, x: place.x - x, y: place.y - y }, size: { width, height } };
}
