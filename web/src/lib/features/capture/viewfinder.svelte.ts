import type { Direction, PhotoHint, PhotoQuality } from '@qijian/domain/rules/photo-quality.ts';
import { Analyst } from './analyst.ts';
import { close, hasTorch, type NoCamera, openCamera, type Still, setTorch, takeStill } from './camera.ts';
import { inPicture, KEEP, lookAt, type Rect, type Size } from './geometry.ts';
import { type Settling, settle, wind } from './shutter.ts';

/** The rhythm of looking: more than ten times a second, and time left for the page. */
const EVERY_MS = 66;
/** After a retake the shutter waits: the same card is still lying there. */
const PAUSE_MS = 1500;
/** Felt at the shutter, where a phone can. */
const SHUTTER_MS = 40;

export interface Taken {
  readonly photo: Blob;
  readonly quality: PhotoQuality | null;
}

/** A camera with its hints and its shutter. */
export class Viewfinder {
  phase = $state<'starting' | 'live' | 'taking' | 'review'>('starting');
  quality = $state.raw<PhotoQuality | null>(null);
  hint = $state<PhotoHint | null>(null);
  move = $state.raw<Direction>({ x: 0, y: 0 });
  /** How far the automatic shutter is wound, 0–1. */
  wound = $state(0);
  auto = $state(true);
  /** Null where there is no lamp. */
  torch = $state<boolean | null>(null);
  taken = $state.raw<Taken | null>(null);

  readonly #video: HTMLVideoElement;
  readonly #guide: HTMLElement;
  readonly #unavailable: (reason: NoCamera) => void;
  readonly #analyst = new Analyst();
  #stream: MediaStream | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settling: Settling | null = null;
  #seenAt = 0;
  #notBefore = 0;
  /** Each start has its number: what an earlier one still answers is thrown away. */
  #turn = 0;

  constructor(video: HTMLVideoElement, guide: HTMLElement, unavailable: (reason: NoCamera) => void) {
    this.#video = video;
    this.#guide = guide;
    this.#unavailable = unavailable;
  }

  async start(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const stream = await openCamera();
    if (turn !== this.#turn) {
      if (typeof stream !== 'string') close(stream);
      return;
    }
    if (typeof stream === 'string') {
      this.#unavailable(stream);
      return;
    }
    this.#stream = stream;
    this.torch = hasTorch(stream) ? false : null;
    stream.getVideoTracks()[0]?.addEventListener('ended', () => {
      if (this.#stream === stream) this.#unavailable('in-use');
    });
    this.#video.srcObject = stream;
    // play() is refused only while the page is hidden; it restarts when the page is shown.
    await this.#video.play().catch(() => undefined);
    if (turn !== this.#turn) return;
    if (this.phase === 'starting') this.phase = 'live';
    void this.#look(turn);
  }

  /** Lets go of the camera; start() takes it again. */
  pause(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    close(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
    this.#forget();
    if (this.phase !== 'review') this.phase = 'starting';
  }

  end(): void {
    this.pause();
    this.#analyst.stop();
  }

  async toggleTorch(): Promise<void> {
    if (!this.#stream || this.torch === null) return;
    const wished = !this.torch;
    if (await setTorch(this.#stream, wished)) this.torch = wished;
  }

  async take(): Promise<void> {
    const place = this.#place();
    if (this.phase !== 'live' || !this.#stream || !place) return;
    this.phase = 'taking';
    navigator.vibrate?.(SHUTTER_MS);
    const turn = this.#turn;
    const still = await takeStill(this.#video, this.#stream, place.guide, KEEP);
    if (turn !== this.#turn) return;
    if (!still) {
      this.#forget();
      this.phase = 'live';
      return;
    }
    this.taken = { photo: still.photo, quality: await this.#judge(still) };
    this.phase = 'review';
  }

  retake(): void {
    this.taken = null;
    this.#forget();
    this.#notBefore = performance.now() + PAUSE_MS;
    this.phase = this.#stream ? 'live' : 'starting';
    if (!this.#stream) void this.start();
  }

  #judge({ photo, guide, size }: Still): Promise<PhotoQuality | null> {
    const { width } = lookAt(guide, size, 1).frame;
    const shot = { guide: { place: guide, frameWidth: width }, isCard: true, isTaken: true };
    return this.#analyst.photo(photo, shot);
  }

  #forget(): void {
    this.#settling = null;
    this.hint = null;
    this.quality = null;
    this.wound = 0;
  }

  /** Where the guide lies in the camera's picture. */
  #place(): { guide: Rect; picture: Size } | null {
    const picture = { width: this.#video.videoWidth, height: this.#video.videoHeight };
    const stage = this.#video.getBoundingClientRect();
    const guide = this.#guide.getBoundingClientRect();
    if (!picture.width || !stage.width || !guide.width) return null;
    const rect = {
      x: guide.x - stage.x,
      y: guide.y - stage.y,
      width: guide.width,
      height: guide.height,
    };
    return { guide: inPicture(rect, stage, picture), picture };
  }

  async #look(turn: number): Promise<void> {
    const begun = performance.now();
    const place = this.phase === 'live' ? this.#place() : null;
    if (place) {
      const { crop, frame, guide } = lookAt(place.guide, place.picture);
      const quality = await this.#analyst.frame(this.#video, crop, frame, guide).catch(() => null);
      if (turn !== this.#turn) return;
      if (quality && this.phase === 'live') this.#seen(quality);
    }
    const spent = performance.now() - begun;
    this.#timer = setTimeout(() => void this.#look(turn), Math.max(10, EVERY_MS - spent));
  }

  #seen(quality: PhotoQuality): void {
    const now = performance.now();
    this.quality = quality;
    this.#settling = settle(this.#settling, quality.hint, now);
    if (this.#settling.shown === quality.hint) this.move = quality.move;
    this.hint = this.#settling.shown;
    const mayTake = this.auto && now >= this.#notBefore;
    this.wound = mayTake ? wind(this.wound, quality.hint === 'ok', now - this.#seenAt) : 0;
    this.#seenAt = now;
    if (this.wound >= 1) void this.take();
  }
}
