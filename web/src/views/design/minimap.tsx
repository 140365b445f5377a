/** The whole network at the side, with the part that is seen; a click goes there. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fitted } from "../../graph-view/camera.ts";
import { paint } from "../../graph-view/paint.ts";
import { bands, ink, look } from "./picture.ts";
import { scene } from "./state.ts";
import { camera, viewSize } from "./viewport.ts";

const SIZE = { width: 84, height: 220 } as const;
const NO_MARKS = { picked: -1, hovered: -1, hits: new Set<number>(), links: [] } as const;

export function Minimap() {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => attach(ref.current!), []);
  return <canvas ref={ref} class="minimap" {...SIZE} />;
}

function attach(canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext("2d")!;
  const ratio = devicePixelRatio;
  canvas.width = SIZE.width * ratio;
  canvas.height = SIZE.height * ratio;
  // The network is drawn once, the frame of what is seen on each move.
  const still = document.createElement("canvas");
  still.width = canvas.width;
  still.height = canvas.height;
  const stillContext = still.getContext("2d", { alpha: false })!;
  const whole = () => {
    const drawn = scene.peek();
    return drawn && fitted(drawn, { width: SIZE.width + 40, height: SIZE.height + 40 });
  };
  const view = () => {
    const at = whole();
    if (at === undefined) return undefined;
    const drawn = scene.peek()!;
    return {
      scale: at.scale,
      x: drawn.width / 2 - SIZE.width / 2 / at.scale,
      y: drawn.height / 2 - SIZE.height / 2 / at.scale,
    };
  };
  const allInSight = () => {
    const drawn = scene.peek()!;
    const { x, y, scale } = camera.peek();
    const { width, height } = viewSize.peek();
    return (
      x <= 0 && y <= 0 && x + width / scale >= drawn.width && y + height / scale >= drawn.height
    );
  };
  let asked = 0;
  const draw = () => {
    asked = 0;
    const at = view();
    canvas.hidden = at === undefined || allInSight();
    if (at === undefined || canvas.hidden) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(still, 0, 0);
    const { x, y, scale } = camera.peek();
    const { width, height } = viewSize.peek();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.strokeStyle = ink.peek().picked;
    context.lineWidth = 1.5;
    const [left, top] = [(x - at.x) * at.scale, (y - at.y) * at.scale];
    const [w, h] = [(width / scale) * at.scale, (height / scale) * at.scale];
    const [l, t] = [Math.max(1, left), Math.max(1, top)];
    context.strokeRect(
      l,
      t,
      Math.max(3, Math.min(SIZE.width - 1, left + w) - l),
      Math.max(3, Math.min(SIZE.height - 1, top + h) - t),
    );
  };
  const stopStill = effect(() => {
    const drawn = scene.value;
    const shown = look.value;
    const colours = ink.value;
    if (drawn === undefined || shown === undefined || bands.value === undefined) return;
    stillContext.setTransform(ratio, 0, 0, ratio, 0, 0);
    const picture = {
      scene: drawn,
      bands: bands.value,
      look: shown,
      ink: colours,
      marks: NO_MARKS,
    };
    paint(stillContext, picture, view()!, SIZE);
    if (asked === 0) asked = requestAnimationFrame(draw);
  });
  const stopFrame = effect(() => {
    void [camera.value, viewSize.value, scene.value];
    if (asked === 0) asked = requestAnimationFrame(draw);
  });
  const go = (event: PointerEvent) => {
    const at = view();
    if (at === undefined || event.buttons !== 1) return;
    const box = canvas.getBoundingClientRect();
    const { scale } = camera.peek();
    const { width, height } = viewSize.peek();
    camera.value = {
      scale,
      x: at.x + (event.clientX - box.left) / at.scale - width / 2 / scale,
      y: at.y + (event.clientY - box.top) / at.scale - height / 2 / scale,
    };
  };
  canvas.addEventListener("pointerdown", go);
  canvas.addEventListener("pointermove", go);
  return () => {
    stopStill();
    stopFrame();
    cancelAnimationFrame(asked);
    canvas.removeEventListener("pointerdown", go);
    canvas.removeEventListener("pointermove", go);
  };
}
