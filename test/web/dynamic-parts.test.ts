import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, scaleOf } from "../../web/src/views/dynamic/curve-scale.ts";
import { softmax } from "../../web/src/views/dynamic/decide.ts";
import { centreCrop, pixelsOf, rgbaOf } from "../../web/src/views/dynamic/input.ts";

describe("pictures for a network", () => {
  it("crop the largest part about the centre, of the shape asked for", () => {
    const side = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(side, side, fc.double({ min: 0.2, max: 5, noNaN: true }), (w, h, ratio) => {
        const { x, y, width, height } = centreCrop(w, h, ratio);
        expect(width / height).toBeCloseTo(ratio, 6);
        expect(2 * x + width).toBeCloseTo(w, 6);
        expect(2 * y + height).toBeCloseTo(h, 6);
        expect(Math.min(Math.abs(width - w), Math.abs(height - h))).toBeLessThan(1e-6);
      }),
    );
  });

  it("come back from colours as they were, and twice inverted", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (bytes) => {
        const rgba = rgbaOf(bytes, { channels: 3 });
        expect(pixelsOf(rgba, 3, false)).toEqual(bytes);
        const inverted = rgbaOf(pixelsOf(rgba, 3, true), { channels: 3 });
        expect(pixelsOf(inverted, 3, true)).toEqual(bytes);
      }),
    );
    // Grey of grey is itself.
    expect([...pixelsOf(rgbaOf(Uint8Array.of(0, 7, 255), { channels: 1 }), 1, false)]).toEqual([
      0, 7, 255,
    ]);
  });
});

describe("the curve", () => {
  it("puts the corners of its domain at the corners of its frame", () => {
    const frame = { width: 100, height: 50, left: 10, right: 5, top: 4, bottom: 6 };
    const { x, y } = scaleOf(frame, { cost: [0, 1.2], accuracy: [0.8, 0.9] });
    expect([x(0), x(1.2), y(0.8), y(0.9)].map((v) => Number(v.toFixed(9)))).toEqual([
      10, 95, 44, 4,
    ]);
  });

  it("takes the place that no other is nearer than", () => {
    const at = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(at, at), { minLength: 1 }), at, at, (places, x, y) => {
        const far = ([px, py]: readonly [number, number]) => (px - x) ** 2 + (py - y) ** 2;
        expect(far(places[nearest(places, x, y)]!)).toBe(Math.min(...places.map(far)));
      }),
    );
    expect(nearest([], 0, 0)).toBe(-1);
  });

  it("has probabilities that sum to one, whatever the logits", () => {
    const logit = fc.float({ min: -500, max: 500, noNaN: true });
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 40 }), (logits) => {
        expect(softmax(logits, 1).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
      }),
    );
  });
});
