import fc from "fast-check";
import { expect, it } from "vitest";
import { GridIndex } from "../../../web/src/plots/grid-index.ts";

/** Spread over the range: doubles crowd near 0. */
const decimal = (min: number, max: number) =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((x) => x / 1000);
const coordinate = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  decimal(-20, 20),
  fc.constant(Number.NaN),
);
const points = fc.array(fc.tuple(coordinate, coordinate), { maxLength: 60 });

it("finds what a look at every point finds", () => {
  fc.assert(
    fc.property(
      points,
      decimal(-25, 25),
      decimal(-25, 25),
      decimal(0.1, 40),
      decimal(0.1, 40),
      decimal(0, 60),
      fc.integer({ min: 1, max: 9 }),
      (list, x, y, scaleX, scaleY, reach, perCell) => {
        const xs = Float64Array.from(list, ([u]) => u);
        const ys = Float64Array.from(list, ([, v]) => v);
        const allowed = (row: number) => row % 3 !== 0;
        let best: number | undefined;
        let least = reach;
        list.forEach(([u, v], row) => {
          const d = Math.hypot((u - x) * scaleX, (v - y) * scaleY);
          if (!allowed(row) || !(best === undefined ? d <= least : d < least)) return;
          best = row;
          least = d;
        });
        const index = new GridIndex(xs, ys, perCell);
        expect(index.nearest(x, y, scaleX, scaleY, reach, allowed)).toBe(best);
      },
    ),
  );
});

it("has nothing where there is nothing", () => {
  const none = new GridIndex(new Float64Array(0), new Float64Array(0));
  expect(none.nearest(0, 0, 1, 1, 100)).toBeUndefined();
});
