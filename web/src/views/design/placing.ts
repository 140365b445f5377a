/** Where the camera goes when the layout changes. */
import { effect } from "@preact/signals";
import { parseCamera, reveal, start } from "../../graph-view/camera.ts";
import { cameraText, positions, scene, shownNetwork, sought, toggleGroup } from "./state.ts";
import { camera, viewSize } from "./viewport.ts";

/** What was laid out when the camera was last placed: its network, and where its boxes stood. */
let placed:
  | {
      readonly network: unknown;
      readonly scene: unknown;
      readonly corners: ReadonlyMap<number, [number, number]>;
    }
  | undefined;
/** A group that was opened or folded where it stands; -1: none. */
let held = -1;

/** Puts the camera where it belongs when the layout changes. */
function place(): void {
  const drawn = scene.peek();
  const view = viewSize.peek();
  const places = positions.peek();
  if (drawn === undefined || places === undefined || view.width === 0) return;
  const network = shownNetwork.peek();
  const first = placed?.network !== network;
  if (!first && placed?.scene === drawn) return;
  const before = placed;
  const corner = (at: number): [number, number] => [drawn.boxes[4 * at]!, drawn.boxes[4 * at + 1]!];
  placed = {
    network,
    scene: drawn,
    corners: new Map([...places].map(([entity, at]) => [entity, corner(at)])),
  };
  if (first) {
    camera.value = parseCamera(cameraText() ?? "", drawn, view) ?? start(drawn, view);
  } else if (held >= 0) {
    // What was opened or folded stays under the pointer.
    const [was, now] = [before?.corners.get(held), places.get(held)];
    if (was !== undefined && now !== undefined) {
      const [x, y] = corner(now);
      const { scale } = camera.peek();
      camera.value = {
        scale,
        x: camera.peek().x + x - was[0],
        y: camera.peek().y + y - was[1],
      };
    }
  } else if (sought.peek() < 0) camera.value = start(drawn, view);
  held = -1;
  seek();
}

/** Brings what is sought into sight, if it is laid out. */
function seek(): void {
  const at = positions.peek()?.get(sought.peek());
  const drawn = scene.peek();
  if (at === undefined || drawn === undefined) return;
  const [x, y, width, height] = drawn.boxes.subarray(4 * at, 4 * at + 4) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const now = camera.peek();
  const readable = now.scale < 0.45 ? { ...now, scale: 0.9 } : now;
  camera.value = reveal(readable, viewSize.peek(), { x, y, width, height });
  sought.value = -1;
}
/** Follows the layout and what is sought until it is told to stop. */
export function followLayout(): () => void {
  const stops = [
    effect(() => {
      void [scene.value, viewSize.value];
      place();
    }),
    effect(() => {
      if (sought.value >= 0) seek();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    placed = undefined;
  };
}

export function toggleHere(entity: number): void {
  held = entity;
  toggleGroup(entity);
}
