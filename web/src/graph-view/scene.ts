/** A laid-out network: boxes, routes and links, in the units of the layout (pixels at zoom 1). */

/**
 * Items and groups by one number each: item i is i, group g is `items + g`. Arrays cross from the
 * worker to the page without a copy.
 */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** What is visible: open groups (frames) before what stands in them. */
  readonly entities: Int32Array;
  /** x, y, width, height of each. */
  readonly boxes: Float32Array;
  /** 1: an open group, drawn as a frame around its content. */
  readonly frames: Uint8Array;
  /** Points of all routes, x and y in turn. */
  readonly points: Float32Array;
  /** Where each route's points start, in points; one more than there are routes. */
  readonly starts: Uint32Array;
  /** Who feeds whom among the visible boxes that are no frames, as pairs of entities, each once. */
  readonly links: Int32Array;
}

/** Positions of `scene.entities` by entity. */
export function positionsOf({ entities }: Scene): ReadonlyMap<number, number> {
  return new Map(Array.from(entities, (entity, i) => [entity, i]));
}

/** The innermost box at a place of the layout; -1: none. Frames count where nothing in them does. */
export function boxAt(scene: Scene, x: number, y: number, candidates?: Iterable<number>): number {
  let found = -1;
  const { boxes, entities } = scene;
  for (const i of candidates ?? entities.keys()) {
    const left = boxes[4 * i]!;
    const top = boxes[4 * i + 1]!;
    if (x < left || y < top || x > left + boxes[4 * i + 2]! || y > top + boxes[4 * i + 3]!)
      continue;
    // What stands inside comes later.
    if (i > found) found = i;
  }
  return found;
}
