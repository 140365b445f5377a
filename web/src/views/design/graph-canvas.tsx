/** The network on a canvas: pan by dragging, zoom with the wheel, walk with the arrow keys. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { paint } from "../../graph-view/paint.ts";
import type { Direction } from "../../graph-view/walk.ts";
import { setQuery } from "../../router.ts";
import { itemName, titleOf } from "./labels.ts";
import { Minimap } from "./minimap.tsx";
import { bands, ink, look, marks, walk } from "./picture.ts";
import { followLayout, toggleHere } from "./placing.ts";
import { pointer } from "./pointer.ts";
import { jumpTo, pick, picked, positions, scene, shownNetwork, sought } from "./state.ts";
import { camera, fitAll, viewSize, zoomBy } from "./viewport.ts";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export function GraphCanvas() {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => attach(host.current!, canvas.current!), []);
  return (
    <div class="graph-area">
      <div
        ref={host}
        class="graph-canvas"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys
        tabIndex={0}
        aria-label="Graph of the network"
        aria-describedby="graph-keys"
        onKeyDown={onKey}
      >
        <canvas ref={canvas} />
      </div>
      <Minimap />
      <p id="graph-keys" class="hidden">
        Arrow keys walk along edges, Enter opens or folds a block, Escape clears the choice, F shows
        everything, plus and minus zoom, slash searches. The table below lists the same nodes.
      </p>
      <p class="hidden" role="status">
        {announced()}
      </p>
    </div>
  );
}

function announced(): string {
  const shown = shownNetwork.value;
  const entity = picked.value;
  if (shown === undefined || entity < 0) return "";
  const at = positions.value?.get(entity);
  const cost = at === undefined ? "" : (look.value?.value[at] ?? "");
  return `${titleOf(shown, entity).replace(/^\+ /, "Block ")}, ${itemName(shown, entity)}${cost === "" ? "" : `, ${cost}`}`;
}

function attach(host: HTMLDivElement, canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext("2d", { alpha: false })!;
  let asked = 0;
  const draw = () => {
    asked = 0;
    const drawn = scene.peek();
    const { width, height } = viewSize.peek();
    if (width === 0) return;
    const ratio = devicePixelRatio;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (drawn === undefined || look.peek() === undefined) {
      context.fillStyle = ink.peek().ground;
      context.fillRect(0, 0, width, height);
      return;
    }
    const picture = {
      scene: drawn,
      bands: bands.peek()!,
      look: look.peek()!,
      ink: ink.peek(),
      marks: marks.peek(),
    };
    paint(context, picture, camera.peek(), viewSize.peek());
    // For those who wait for a picture: tests and measurements.
    canvas.dataset.boxes = String(drawn.entities.length);
    canvas.dataset.costs = look.peek()!.most > 0 ? "yes" : "no";
  };
  const stopDrawing = effect(() => {
    void [scene.value, look.value, marks.value, ink.value, camera.value, viewSize.value];
    if (asked === 0) asked = requestAnimationFrame(draw);
  });
  const stopPlacing = followLayout();
  let kept: ReturnType<typeof setTimeout> | undefined;
  const stopKeeping = effect(() => {
    const { x, y, scale } = camera.value;
    clearTimeout(kept);
    if (scene.peek() === undefined) return;
    const at = `${Math.round(x)},${Math.round(y)},${Number(scale.toPrecision(4))}`;
    kept = setTimeout(() => scene.peek() && setQuery({ at }), 400);
  });
  const resized = new ResizeObserver(([entry]) => {
    const { width, height } = entry!.contentRect;
    const before = viewSize.peek();
    const { x, y, scale } = camera.peek();
    // What is in the middle stays there.
    if (before.width > 0 && scene.peek() !== undefined)
      camera.value = { scale, y, x: x + (before.width - width) / 2 / scale };
    viewSize.value = { width, height };
  });
  resized.observe(host);
  const stopPointer = pointer(host);
  return () => {
    stopDrawing();
    stopPlacing();
    stopKeeping();
    clearTimeout(kept);
    cancelAnimationFrame(asked);
    resized.disconnect();
    stopPointer();
  };
}

function onKey(event: KeyboardEvent): void {
  const entity = picked.peek();
  const direction = ARROWS[event.key];
  const shown = shownNetwork.peek();
  if (event.ctrlKey || event.metaKey || event.altKey || shown === undefined) return;
  const items = shown.outline.kinds.length;
  if (direction !== undefined) {
    const next = walk.peek()?.step(entity, direction);
    if (next !== undefined) jumpTo(next);
  } else if (event.key === "Enter") {
    const group =
      entity >= items ? entity : entity < 0 ? -1 : items + shown.outline.groupOf[entity]!;
    if (group < items) return;
    toggleHere(group);
    pick(group);
    sought.value = group;
  } else if (event.key === "Escape") pick(-1);
  else if (event.key === "f") fitAll();
  else if (event.key === "+" || event.key === "=") zoomBy(1.25);
  else if (event.key === "-") zoomBy(0.8);
  else return;
  event.preventDefault();
}
