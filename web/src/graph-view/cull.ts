/**
 * What of a scene can be seen: boxes and routes by the horizontal bands that they touch. Layouts are
 * tall, so bands alone leave little to test.
 */
import type { Scene } from "./scene.ts";

const BAND = 512;
/** A route through more bands than this is looked at on every draw. */
const TALL = 64;

export interface Bands {
  /** Indices of boxes that touch [top, bottom], each once, in no order. */
  boxes(top: number, bottom: number): readonly number[];
  routes(top: number, bottom: number): readonly number[];
}

export function bandsOf(scene: Scene): Bands {
  const { boxes, points, starts } = scene;
  const box = index(scene.entities.length, (i) => [
    boxes[4 * i + 1]!,
    boxes[4 * i + 1]! + boxes[4 * i + 3]!,
  ]);
  const route = index(starts.length - 1, (i) => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let p = starts[i]!; p < starts[i + 1]!; p++) {
      low = Math.min(low, points[2 * p + 1]!);
      high = Math.max(high, points[2 * p + 1]!);
    }
    return [low, high];
  });
  return { boxes: box, routes: route };
}

function index(
  count: number,
  extent: (i: number) => readonly [number, number],
): (top: number, bottom: number) => readonly number[] {
  const bands = new Map<number, number[]>();
  const tall: number[] = [];
  const low = new Float64Array(count);
  const high = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [from, to] = extent(i);
    low[i] = from;
    high[i] = to;
    const first = Math.floor(from / BAND);
    const last = Math.floor(to / BAND);
    if (last - first > TALL) tall.push(i);
    else
      for (let b = first; b <= last; b++) {
        const band = bands.get(b);
        if (band) band.push(i);
        else bands.set(b, [i]);
      }
  }
  return (top, bottom) => {
    const out: number[] = [];
    const seen = (i: number) => high[i]! >= top && low[i]! <= bottom;
    const from = Math.floor(top / BAND);
    const to = Math.floor(bottom / BAND);
    if (to - from > 2 * bands.size) {
      for (let i = 0; i < count; i++) if (seen(i)) out.push(i);
      return out;
    }
    for (let b = from; b <= to; b++)
      // In the first of its bands that is looked at.
      for (const i of bands.get(b) ?? [])
        if (seen(i) && Math.max(from, Math.floor(low[i]! / BAND)) === b) out.push(i);
    for (const i of tall) if (seen(i)) out.push(i);
    return out;
  };
}
