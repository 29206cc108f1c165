import type { Size } from '@qijian/domain/rules/picture-size.ts';
import {
  between,
  FITTED,
  filling,
  fitted,
  isTall,
  kept,
  onPage,
  type Place,
  placeOf,
  screenStep,
  scrolled,
  turned,
  type View,
  zoomedAt,
} from './geometry.ts';
import type { ViewerPage } from './viewer-page.ts';

const MARGIN = 24;
/** Of the viewer's tools: what is fitted does not lie under them. */
const TOOLS = 56;
/** A key moves a tall page by so many pixels. */
const LINE = 80;
const A4: Size = { width: 1_000, height: 1_414 };

interface Point {
  x: number;
  y: number;
}

/** How a page lies on its stage, and how it is moved there; the view itself may be shared with another stage. */
export class StageView {
  /** Of the stage, in pixels. */
  width = $state(0);
  height = $state(0);
  readonly #page: () => ViewerPage;
  readonly #natural: () => Size | null;
  readonly #view: () => View;
  readonly #put: (view: View) => void;

  constructor(of: {
    page: () => ViewerPage;
    natural: () => Size | null;
    view: () => View;
    put: (view: View) => void;
  }) {
    this.#page = of.page;
    this.#natural = of.natural;
    this.#view = of.view;
    this.#put = of.put;
  }

  readonly room: Size = $derived({ width: this.width, height: Math.max(0, this.height - TOOLS) });
  /** Pixels of the original where they are known. */
  readonly known: Size | null = $derived.by(() => {
    const { width, height } = this.#page();
    return width && height ? { width, height } : null;
  });
  // A picture has one size; the pages of a PDF may differ.
  readonly size: Size = $derived.by(() => {
    const natural = this.#natural();
    return (this.#page().isPdf ? (natural ?? this.known) : (this.known ?? natural)) ?? A4;
  });
  readonly isTall: boolean = $derived.by(() => isTall(this.size, this.#view().turns));
  readonly #whole: Size = $derived.by(() => {
    const { width, height } = this.room;
    const room = { width: Math.max(80, width - 2 * MARGIN), height: Math.max(80, height - 2 * MARGIN) };
    return fitted(this.size, room, this.#view().turns);
  });
  /** The page at zoom 1. */
  readonly fit: Size = $derived.by(() =>
    this.isTall ? filling(this.size, Math.max(80, this.room.width), this.#view().turns) : this.#whole,
  );
  /** One pixel of the original is one of the screen. */
  readonly #actualZoom: number = $derived(this.size.width / this.fit.width);
  readonly #limits = $derived.by(() => ({
    least: Math.min(0.25, this.#whole.width / this.fit.width),
    most: Math.max(8, this.#page().isPdf ? 0 : 4 * this.#actualZoom),
  }));
  /** What is asked for, as far as the stage allows. */
  readonly seen: View = $derived.by(() =>
    this.isTall ? scrolled(this.#view(), this.fit, this.room) : this.#view(),
  );
  readonly percent: number = $derived.by(() =>
    Math.round((this.#page().isPdf ? this.seen.zoom : this.seen.zoom / this.#actualZoom) * 100),
  );
  readonly place: Place = $derived(placeOf(this.seen, this.fit, this.room));
  /** Whether strips of it follow each other down the page, or across it. */
  readonly isDown: boolean = $derived(this.size.height >= this.size.width);
  /** The part of the page that is on the stage, in fractions along its strips. */
  readonly inView: { from: number; to: number } = $derived.by(() => {
    const corner = (x: number, y: number) => this.at({ x: (x * this.width) / 2, y: (y * this.height) / 2 });
    const part = between(corner(-1, -1), corner(1, 1));
    return this.isDown
      ? { from: part.y, to: part.y + part.height }
      : { from: part.x, to: part.x + part.width };
  });

  /** Where on the page a point of the stage lies, which is measured from its middle. */
  at(point: Point): Point {
    return onPage(this.seen, this.fit, point);
  }

  #show(next: View): void {
    this.#put((this.isTall ? scrolled : kept)(next, this.fit, this.room));
  }

  move(by: Point): void {
    this.#show({ ...this.seen, x: this.seen.x + by.x, y: this.seen.y + by.y });
  }
  /** Closer or further by a factor; what is at that point stays there, the middle without one. */
  zoomBy(factor: number, at?: Point): void {
    this.#show(zoomedAt(this.seen, factor, at, this.#limits));
  }
  /** All of the page at once. */
  showWhole(): void {
    if (this.isTall) this.zoomBy(this.#whole.width / this.fit.width / this.seen.zoom);
    else this.#put({ ...FITTED, turns: this.#view().turns });
  }
  /** As wide as the stage. */
  showWide(): void {
    const across = this.#view().turns % 2 !== 0;
    const zoom = this.isTall ? 1 : this.room.width / (across ? this.fit.height : this.fit.width);
    this.zoomBy(zoom / this.seen.zoom);
  }
  /** In the original's pixels. */
  showActual(): void {
    this.zoomBy(this.#actualZoom / this.seen.zoom);
  }
  turn(by: 1 | -1): void {
    const next = turned(this.seen, by);
    // A scrolled page restarts at its head: its old position means nothing when turned.
    const isAnew = this.isTall || isTall(this.size, next.turns);
    this.#put(isAnew ? { ...FITTED, turns: next.turns, atHead: true } : next);
  }
  /** Scrolls a tall page by screens; false where there is nothing more, or nothing to scroll. */
  scrollBy(screens: number): boolean {
    const by = Number.isFinite(screens) ? screens * screenStep(this.room) : Math.sign(screens) * 1e9;
    return this.isTall && this.#scrollTo(this.seen.y - by);
  }
  /** By lines, as the arrow keys do. */
  scrollLines(lines: number): boolean {
    return this.isTall && this.#scrollTo(this.seen.y - lines * LINE);
  }
  /** Puts a place of a tall page, in fractions, into the middle. */
  scrollToMiddle(middle: number): void {
    const { turns } = this.#view();
    const height = (turns % 2 !== 0 ? this.fit.width : this.fit.height) * this.seen.zoom;
    this.#scrollTo(height / 2 - middle * height);
  }
  #scrollTo(y: number): boolean {
    const before = this.seen.y;
    this.#show({ ...this.seen, y });
    return Math.abs(this.seen.y - before) > 0.5;
  }
}
