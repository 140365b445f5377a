/** How a plot answers pointer, wheel and keyboard. */
import { type Projection, panned, type View, zoomed } from "../../../src/report/page/view.ts";
import type { Corner } from "./polygon.ts";

export type Tool = "pan" | "rect" | "lasso";

export interface GestureTarget {
  projection(): Projection;
  /** What a drag does; Shift draws a rectangle and Alt a lasso whatever it is. */
  tool(): Tool;
  setView(view: View): void;
  /** Corners in CSS pixels of the plot; done once the pointer is up. */
  brush(shape: "rect" | "lasso", corners: readonly Corner[], done: boolean): void;
  hover(at: Corner | undefined): void;
  pick(at: Corner): void;
  /** To the next (1) or the previous (-1) trial along the front. */
  step(by: number): void;
  fit(): void;
  clear(): void;
}

/** Pixels that a pressed pointer may stray and still be a click. */
const CLICK = 4;

/** @returns what takes the listeners off again */
export function attachGestures(stage: HTMLElement, target: GestureTarget): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let drag: Drag | undefined;

  const at = (event: MouseEvent): Corner => {
    const { left, top } = stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  stage.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      const tool = event.shiftKey ? "rect" : event.altKey ? "lasso" : target.tool();
      drag = { tool, from: target.projection(), corners: [at(event)], moved: false };
      stage.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  stage.addEventListener(
    "pointermove",
    (event) => {
      if (drag === undefined) return target.hover(at(event));
      move(drag, at(event), target);
    },
    { signal },
  );
  stage.addEventListener(
    "pointerup",
    (event) => {
      if (drag === undefined) return;
      if (!drag.moved) target.pick(at(event));
      else if (drag.tool !== "pan") target.brush(drag.tool, outline(drag), true);
      drag = undefined;
    },
    { signal },
  );
  stage.addEventListener(
    "pointercancel",
    () => {
      if (drag?.moved && drag.tool !== "pan") target.brush(drag.tool, [], true);
      drag = undefined;
    },
    { signal },
  );
  stage.addEventListener("pointerleave", () => target.hover(undefined), { signal });
  stage.addEventListener("dblclick", () => target.fit(), { signal });
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
      target.setView(zoomed(target.projection(), factor, ...at(event)));
    },
    { signal, passive: false },
  );
  stage.addEventListener("keydown", (event) => onKey(event, target), { signal });
  return () => controller.abort();
}

interface Drag {
  readonly tool: Tool;
  readonly from: Projection;
  readonly corners: Corner[];
  moved: boolean;
}

function move(drag: Drag, to: Corner, target: GestureTarget): void {
  const [x0, y0] = drag.corners[0]!;
  if (!drag.moved && Math.hypot(to[0] - x0, to[1] - y0) < CLICK) return;
  if (!drag.moved) target.hover(undefined);
  drag.moved = true;
  if (drag.tool === "pan") {
    target.setView(panned(drag.from, to[0] - x0, to[1] - y0));
    return;
  }
  drag.corners.push(to);
  target.brush(drag.tool, outline(drag), false);
}

const outline = ({ tool, corners }: Drag): readonly Corner[] =>
  tool === "rect" ? [corners[0]!, corners.at(-1)!] : corners;

function onKey(event: KeyboardEvent, target: GestureTarget): void {
  if (event.ctrlKey || event.metaKey) return;
  const zoom = (factor: number) => {
    const { box } = target.projection();
    const centre = [(box.left + box.right) / 2, (box.top + box.bottom) / 2] as const;
    target.setView(zoomed(target.projection(), factor, ...centre));
  };
  const slide = (dx: number, dy: number) => target.setView(panned(target.projection(), dx, dy));
  const shifted: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => slide(60, 0),
    ArrowRight: () => slide(-60, 0),
    ArrowUp: () => slide(0, 60),
    ArrowDown: () => slide(0, -60),
    "+": () => zoom(1.4),
  };
  const plain: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => target.step(-1),
    ArrowUp: () => target.step(-1),
    ArrowRight: () => target.step(1),
    ArrowDown: () => target.step(1),
    "+": () => zoom(1.4),
    "=": () => zoom(1.4),
    "-": () => zoom(1 / 1.4),
    _: () => zoom(1 / 1.4),
    "0": () => target.fit(),
    Escape: () => target.clear(),
  };
  const does = (event.shiftKey ? shifted : plain)[event.key] ?? plain[event.key];
  if (does === undefined) return;
  event.preventDefault();
  does();
}
