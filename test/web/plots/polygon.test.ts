import fc from "fast-check";
import { expect, it } from "vitest";
import { type Corner, inside, simplified } from "../../../web/src/plots/polygon.ts";

// Drawn as whole numbers: doubles crowd near 0.
const unit = fc.integer({ min: -10_000, max: 10_000 }).map((x) => x / 1000);
const corner = fc.tuple(unit, unit);

/** How often the outline winds around the point, by the angles that its sides subtend. */
function winding(corners: readonly Corner[], x: number, y: number): number {
  let angle = 0;
  corners.forEach(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length]!;
    const cross = (ax - x) * (by - y) - (ay - y) * (bx - x);
    const dot = (ax - x) * (bx - x) + (ay - y) * (by - y);
    angle += Math.atan2(cross, dot);
  });
  return Math.round(angle / (2 * Math.PI));
}

it("is inside where the outline winds around the point an odd number of times", () => {
  fc.assert(
    fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), corner, (corners, [x, y]) => {
      // Not on a side, where either answer is as good.
      const off = corners.every(([ax, ay], i) => {
        const [bx, by] = corners[(i + 1) % corners.length]!;
        const cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        return Math.abs(cross) > 1e-6;
      });
      fc.pre(off);
      expect(inside(corners, x, y)).toBe(winding(corners, x, y) % 2 !== 0);
    }),
  );
});

function distance([x, y]: Corner, [ax, ay]: Corner, [bx, by]: Corner): number {
  let least = Number.POSITIVE_INFINITY;
  for (let t = 0; t <= 1; t += 1 / 256)
    least = Math.min(least, Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y));
  return least;
}

it("keeps the ends, in order, and no corner further away than allowed", () => {
  fc.assert(
    fc.property(
      fc.array(corner, { minLength: 2, maxLength: 30 }),
      fc.double({ min: 0.01, max: 5, noNaN: true }),
      (corners, tolerance) => {
        const few = simplified(corners, tolerance);
        expect(few[0]).toBe(corners[0]);
        expect(few.at(-1)).toBe(corners.at(-1));
        let span = 0;
        for (const each of corners) {
          if (span + 1 < few.length - 1 && each === few[span + 1]) span++;
          const d = distance(each, few[span]!, few[span + 1] ?? few[span]!);
          // The samples of a side of up to 28 are 0.11 apart.
          expect(d).toBeLessThan(tolerance + 0.06);
        }
      },
    ),
  );
});
