/** Moving by keys: along edges up and down, within a row left and right. */
import type { Scene } from "./scene.ts";
import { positionsOf } from "./scene.ts";

export type Direction = "up" | "down" | "left" | "right";

export interface Walk {
  /** The entity to go to; undefined: there is none that way. */
  step(from: number, direction: Direction): number | undefined;
  /** Where a walk starts. */
  readonly first: number | undefined;
}

export function walkOf(scene: Scene): Walk {
  const { entities, boxes, frames, links } = scene;
  const places = positionsOf(scene);
  const down = new Map<number, number[]>();
  const up = new Map<number, number[]>();
  const add = (map: Map<number, number[]>, a: number, b: number) => {
    const list = map.get(a);
    if (list) list.push(b);
    else map.set(a, [b]);
  };
  for (let l = 0; l < links.length; l += 2) {
    add(down, links[l]!, links[l + 1]!);
    add(up, links[l + 1]!, links[l]!);
  }
  const solid = Array.from(entities.keys()).filter((i) => !frames[i]);
  const centreX = (i: number) => boxes[4 * i]! + boxes[4 * i + 2]! / 2;
  const centreY = (i: number) => boxes[4 * i + 1]! + boxes[4 * i + 3]! / 2;
  const nearest = (from: number, candidates: readonly number[]): number | undefined => {
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const i of candidates) {
      const distance = Math.hypot(centreX(i) - centreX(from), centreY(i) - centreY(from));
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  };
  const ordered = solid.toSorted((a, b) => centreY(a) - centreY(b) || centreX(a) - centreX(b));
  const first = ordered[0];
  return {
    first: first === undefined ? undefined : entities[first],
    step(from, direction) {
      const at = places.get(from);
      if (at === undefined) return first === undefined ? undefined : entities[first];
      let candidates: readonly number[];
      if (frames[at]) {
        // A frame has no edges of its own: into it, or to what stands above it.
        const [top, bottom] = [boxes[4 * at + 1]!, boxes[4 * at + 1]! + boxes[4 * at + 3]!];
        const [left, right] = [boxes[4 * at]!, boxes[4 * at]! + boxes[4 * at + 2]!];
        const next =
          direction === "up"
            ? ordered.findLast((i) => centreY(i) < top)
            : ordered.find(
                (i) =>
                  centreY(i) > top &&
                  centreY(i) < bottom &&
                  centreX(i) > left &&
                  centreX(i) < right,
              );
        return next === undefined ? undefined : entities[next];
      }
      if (direction === "up" || direction === "down") {
        const next = (direction === "up" ? up : down).get(from) ?? [];
        candidates = next.flatMap((entity) => places.get(entity) ?? []);
      } else {
        const height = boxes[4 * at + 3]!;
        candidates = solid.filter(
          (i) =>
            Math.abs(centreY(i) - centreY(at)) <= height &&
            (direction === "left" ? centreX(i) < centreX(at) : centreX(i) > centreX(at)),
        );
      }
      const found = nearest(at, candidates);
      return found === undefined ? undefined : entities[found];
    },
  };
}
