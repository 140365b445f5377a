/** Mouse and pen on the graph: pick, drag, zoom. */
import { pan } from "../../graph-view/camera.ts";
import { boxAt } from "../../graph-view/scene.ts";
import { bands, hovered } from "./picture.ts";
import { toggleHere } from "./placing.ts";
import { pick, scene, shownNetwork } from "./state.ts";
import { camera, zoomBy } from "./viewport.ts";

/** Pixels that the pointer may move in a click. */
const SLACK = 4;

export function pointer(host: HTMLDivElement): () => void {
  let from: { x: number; y: number; moved: boolean } | undefined;
  const local = (event: MouseEvent) => {
    const { left, top } = host.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top] as const;
  };
  const under = (event: MouseEvent): number => {
    const drawn = scene.peek();
    const near = bands.peek();
    if (drawn === undefined || near === undefined) return -1;
    const [px, py] = local(event);
    const { x, y, scale } = camera.peek();
    const [lx, ly] = [x + px / scale, y + py / scale];
    return boxAt(drawn, lx, ly, near.boxes(ly, ly));
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, moved: false };
    host.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (from === undefined) {
      hovered.value = under(event);
      host.style.cursor = hovered.value >= 0 ? "pointer" : "grab";
      return;
    }
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < SLACK) return;
    from = { x: event.clientX, y: event.clientY, moved: true };
    host.style.cursor = "grabbing";
    camera.value = pan(camera.peek(), dx, dy);
  };
  const up = (event: PointerEvent) => {
    const click = from !== undefined && !from.moved;
    from = undefined;
    host.style.cursor = "grab";
    if (!click) return;
    const at = under(event);
    const drawn = scene.peek()!;
    if (at < 0) return pick(-1);
    const entity = drawn.entities[at]!;
    pick(entity);
    // The sign before a block's title opens and folds it.
    const items = shownNetwork.peek()!.outline.kinds.length;
    const [px, py] = local(event);
    const { x, y, scale } = camera.peek();
    const [dx, dy] = [
      x + px / scale - drawn.boxes[4 * at]!,
      y + py / scale - drawn.boxes[4 * at + 1]!,
    ];
    if (entity >= items && dx < 24 && dy < 24) toggleHere(entity);
  };
  const twice = (event: MouseEvent) => {
    const at = under(event);
    const entity = at < 0 ? -1 : scene.peek()!.entities[at]!;
    if (entity >= (shownNetwork.peek()?.outline.kinds.length ?? Number.POSITIVE_INFINITY))
      toggleHere(entity);
  };
  const leave = () => {
    hovered.value = -1;
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const [px, py] = local(event);
    if (event.shiftKey) camera.value = pan(camera.peek(), -event.deltaY - event.deltaX, 0);
    else zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), px, py);
  };
  host.addEventListener("pointerdown", down);
  host.addEventListener("pointermove", move);
  host.addEventListener("pointerup", up);
  host.addEventListener("pointerleave", leave);
  host.addEventListener("dblclick", twice);
  host.addEventListener("wheel", wheel, { passive: false });
  return () => {
    host.removeEventListener("pointerdown", down);
    host.removeEventListener("pointermove", move);
    host.removeEventListener("pointerup", up);
    host.removeEventListener("pointerleave", leave);
    host.removeEventListener("dblclick", twice);
    host.removeEventListener("wheel", wheel);
  };
}
