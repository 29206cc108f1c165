interface Point {
  x: number;
  y: number;
}

/** What hands on a stage ask for; points are measured from its middle, in pixels. */
export interface Hands {
  pointOf: (event: { clientX: number; clientY: number }) => Point;
  move: (by: Point) => void;
  zoomBy: (factor: number, at: Point) => void;
  /** Something is drawn instead of moving the page; false where nothing is. */
  beginDrawing: (at: Point) => boolean;
  drawTo: (at: Point) => void;
  endDrawing: () => void;
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** Drag moves or draws, two fingers zoom, the wheel moves, with ctrl (a pinch on a touchpad) it zooms, a double click does. */
export function gestures(hands: Hands) {
  return (element: HTMLElement) => {
    const touching = new Map<number, Point>();
    let isDrawing = false;

    function onpointerdown(event: PointerEvent) {
      if (event.button !== 0 || (event.target as HTMLElement).closest('[data-mark], [data-word], button, a'))
        return;
      element.setPointerCapture(event.pointerId);
      const at = hands.pointOf(event);
      touching.set(event.pointerId, at);
      isDrawing = hands.beginDrawing(at);
    }
    function onpointermove(event: PointerEvent) {
      const before = touching.get(event.pointerId);
      if (!before) return;
      const now = hands.pointOf(event);
      const other = [...touching].find(([id]) => id !== event.pointerId)?.[1];
      if (isDrawing) hands.drawTo(now);
      else if (other) hands.zoomBy(distance(now, other) / Math.max(1, distance(before, other)), other);
      else hands.move({ x: now.x - before.x, y: now.y - before.y });
      touching.set(event.pointerId, now);
    }
    function onpointerup(event: PointerEvent) {
      touching.delete(event.pointerId);
      if (isDrawing) hands.endDrawing();
      isDrawing = false;
    }
    function onwheel(event: WheelEvent) {
      event.preventDefault();
      if (event.ctrlKey) hands.zoomBy(Math.exp(-event.deltaY / 200), hands.pointOf(event));
      else hands.move({ x: -event.deltaX, y: -event.deltaY });
    }
    function ondblclick(event: MouseEvent) {
      hands.zoomBy(2, hands.pointOf(event));
    }

    const gone = new AbortController();
    const { signal } = gone;
    element.addEventListener('pointerdown', onpointerdown, { signal });
    element.addEventListener('pointermove', onpointermove, { signal });
    element.addEventListener('pointerup', onpointerup, { signal });
    element.addEventListener('pointercancel', onpointerup, { signal });
    element.addEventListener('wheel', onwheel, { passive: false, signal });
    element.addEventListener('dblclick', ondblclick, { signal });
    return () => gone.abort();
  };
}
