/** Pointer, wheel, touch and keyboard on the plot. */
import { type Projection, panned, type View, zoomed } from "./view.ts";

export interface InputTarget {
  projection(): Projection;
  /** False where the view was already that. */
  setView(view: View): boolean;
  nearest(px: number, py: number): number | undefined;
  hover(row: number | undefined): void;
  pick(row: number | undefined): void;
  /** Along the front. */
  step(by: number): void;
  reset(): void;
  front(): void;
  zoom(factor: number): void;
  marquee(rectangle: readonly [number, number, number, number] | undefined): void;
}

/** A press that moves less is a click. */
const SLOP = 4;

export function attachInput(stage: HTMLElement, target: InputTarget): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  let box: { x: number; y: number } | undefined;

  const at = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    const point = at(event);
    pointers.set(event.pointerId, point);
    if (pointers.size === 1) {
      moved = 0;
      box = event.shiftKey ? point : undefined;
    }
  });
  stage.addEventListener("pointermove", (event) => {
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") target.hover(target.nearest(point.x, point.y));
      return;
    }
    moved += Math.hypot(point.x - before.x, point.y - before.y);
    if (pointers.size === 2) pinch(event.pointerId, point);
    else if (box) target.marquee([box.x, box.y, point.x, point.y]);
    else if (moved > SLOP)
      target.setView(panned(target.projection(), point.x - before.x, point.y - before.y));
    pointers.set(event.pointerId, point);
  });
  const pinch = (id: number, point: { x: number; y: number }) => {
    const other = [...pointers].find(([key]) => key !== id)?.[1];
    const before = pointers.get(id);
    if (!other || !before) return;
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(point.x - other.x, point.y - other.y);
    if (was > 0 && is > 0)
      target.setView(
        zoomed(target.projection(), is / was, (point.x + other.x) / 2, (point.y + other.y) / 2),
      );
  };
  const release = (event: PointerEvent) => {
    const point = at(event);
    if (!pointers.delete(event.pointerId) || pointers.size > 0) return;
    if (box && moved > SLOP) zoomToBox(box, point);
    else if (moved <= SLOP && event.type === "pointerup") {
      const row = target.nearest(point.x, point.y);
      if (row !== undefined) target.pick(row);
    }
    box = undefined;
    target.marquee(undefined);
  };
  const zoomToBox = (a: { x: number; y: number }, b: { x: number; y: number }) => {
    const { view, box: area } = target.projection();
    const range = (
      [low, high]: readonly [number, number],
      p: number,
      q: number,
    ): [number, number] => {
      const clamp = (f: number) => low + Math.min(1, Math.max(0, f)) * (high - low);
      return [clamp(Math.min(p, q)), clamp(Math.max(p, q))];
    };
    const fx = (u: number) => (u - area.left) / (area.right - area.left);
    const fy = (v: number) => (area.bottom - v) / (area.bottom - area.top);
    target.setView({
      x: range(view.x, fx(a.x), fx(b.x)),
      y: range(view.y, fy(a.y), fy(b.y)),
    });
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => target.hover(undefined));
  stage.addEventListener("dblclick", (event) => {
    const { x, y } = at(event);
    target.setView(zoomed(target.projection(), 2, x, y));
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      const { x, y } = at(event);
      const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016));
      // Fully zoomed out, the wheel scrolls the page on.
      if (target.setView(zoomed(target.projection(), factor, x, y))) event.preventDefault();
    },
    { passive: false },
  );
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const onPlot = event.target === stage;
    if (!onPlot && takesKeys(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = KEYS[key] ?? (onPlot ? PLOT_KEYS[key] : undefined);
    if (!action) return;
    event.preventDefault();
    action(target);
  });
}

const pan = (dx: number, dy: number) => (target: InputTarget) => {
  target.setView(panned(target.projection(), dx, dy));
};

/** Fields and lists have keys of their own. */
function takesKeys(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, select, textarea"))
  );
}

type Action = (target: InputTarget) => void;

/** Anywhere on the page. */
const KEYS: Readonly<Record<string, Action | undefined>> = {
  "+": (t) => t.zoom(1.5),
  "=": (t) => t.zoom(1.5),
  "-": (t) => t.zoom(1 / 1.5),
  "0": (t) => t.reset(),
  f: (t) => t.front(),
  n: (t) => t.step(1),
  p: (t) => t.step(-1),
};

/** While the plot has the focus; elsewhere these scroll. */
const PLOT_KEYS: Readonly<Record<string, Action | undefined>> = {
  ArrowLeft: pan(60, 0),
  ArrowRight: pan(-60, 0),
  ArrowUp: pan(0, 60),
  ArrowDown: pan(0, -60),
  Home: (t) => t.step(Number.NEGATIVE_INFINITY),
  End: (t) => t.step(Number.POSITIVE_INFINITY),
};
