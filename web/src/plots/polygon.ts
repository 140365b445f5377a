/** Polygons drawn by hand: what lies inside, and fewer corners for the same outline. */

export type Corner = readonly [x: number, y: number];

export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly low: number;
  readonly high: number;
}

export function boundsOf(corners: readonly Corner[]): Bounds {
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    low: Math.min(...ys),
    high: Math.max(...ys),
  };
}

/** Whether a ray from the point to the right crosses the outline an odd number of times. */
export function inside(corners: readonly Corner[], x: number, y: number): boolean {
  let within = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [ax, ay] = corners[i]!;
    const [bx, by] = corners[j]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/**
 * The outline with fewer corners, none further than `tolerance` from the old one (Douglas & Peucker
 * 1973). The first and the last corner stay.
 */
export function simplified(corners: readonly Corner[], tolerance: number): Corner[] {
  const kept = new Uint8Array(corners.length);
  const open: (readonly [number, number])[] = [[0, corners.length - 1]];
  kept[0] = 1;
  kept[corners.length - 1] = 1;
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    let furthest = -1;
    let most = tolerance;
    for (let i = from + 1; i < to; i++) {
      const d = toSegment(corners[i]!, corners[from]!, corners[to]!);
      if (d > most) {
        most = d;
        furthest = i;
      }
    }
    if (furthest < 0) continue;
    kept[furthest] = 1;
    open.push([from, furthest], [furthest, to]);
  }
  return corners.filter((_, i) => kept[i] === 1);
}

function toSegment([x, y]: Corner, [ax, ay]: Corner, [bx, by]: Corner): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
