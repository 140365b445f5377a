import { stream } from "../../base/rng.ts";

/** All of 1 to `last`, or one at random in each of `most` equal stretches: no period can hide. */
export function scattered(last: number, most: number): number[] {
  if (last <= most) return Array.from({ length: last }, (_, i) => i + 1);
  const rng = stream(0, "measure/counts", last);
  const out = [1];
  for (let i = 1; i < most; i++) {
    const low = Math.floor((i * last) / most) + 1;
    const high = Math.floor(((i + 1) * last) / most);
    out.push(low + rng.int(high - low + 1));
  }
  return out;
}
