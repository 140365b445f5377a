import fc from "fast-check";
import { expect, it } from "vitest";
import { dotOf, drawingOrder, splat } from "../../../web/src/plots/splat.ts";

const window = { x0: 0, x1: 10, y0: 0, y1: 5, width: 100, height: 50 };
const palette = Uint32Array.of(0, 0x0000ff, 0x00ff00);

function painted(points: readonly (readonly [number, number, number])[]): Uint32Array {
  const pixels = new Uint32Array(window.width * window.height).fill(0xffffffff);
  const paint = Uint16Array.from(points, ([, , entry]) => entry);
  splat(
    {
      xs: Float64Array.from(points, ([x]) => x),
      ys: Float64Array.from(points, ([, y]) => y),
      paint,
      order: drawingOrder(paint, (entry) => entry),
    },
    window,
    palette,
    1,
    pixels,
  );
  return pixels;
}

it("paints a disc where the point is and nothing elsewhere", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }).map((n) => n / 100),
      fc.integer({ min: 0, max: 500 }).map((n) => n / 100),
      (x, y) => {
        const { radius } = dotOf(1);
        const [cx, cy] = [Math.round(x * 10), Math.round((5 - y) * 10)];
        const wrong: number[] = [];
        painted([[x, y, 1]]).forEach((pixel, at) => {
          const d = Math.hypot((at % 100) - cx, Math.floor(at / 100) - cy);
          const full = (0x0000ff | (Math.round(255 * dotOf(1).alpha) << 24)) >>> 0;
          if (d > radius + 0.5 && pixel !== 0) wrong.push(at);
          if (d < radius - 0.5 && pixel !== full) wrong.push(at);
        });
        expect(wrong).toEqual([]);
      },
    ),
  );
});

it("gives a pixel the colour of the uppermost layer, and leaves out what has none", () => {
  const both = painted([
    [5, 2.5, 2],
    [5, 2.5, 1],
    [1, 1, 0],
  ]);
  expect(both[25 * 100 + 50]! & 0xffffff).toBe(0x00ff00);
  expect(both[40 * 100 + 10]).toBe(0);
  expect(both[25 * 100 + 50]! >>> 24).toBeGreaterThan(255 * dotOf(2).alpha);
});

it("ignores points outside and points without a place", () => {
  const pixels = painted([
    [11, 2, 1],
    [-1, 2, 1],
    [Number.NaN, 2, 1],
    [2, Number.NaN, 1],
  ]);
  expect(pixels.every((pixel) => pixel === 0)).toBe(true);
});

it("draws layers in their order and, within one, older points first", () => {
  const entries = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });
  fc.assert(
    fc.property(entries, (list) => {
      const order = drawingOrder(Uint16Array.from(list), (entry) => entry);
      const expected = list
        .map((entry, row) => ({ entry, row }))
        .filter(({ entry }) => entry > 0)
        .sort((a, b) => a.entry - b.entry || a.row - b.row)
        .map(({ row }) => row);
      expect([...order]).toEqual(expected);
    }),
  );
});
