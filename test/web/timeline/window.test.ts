import fc from "fast-check";
import { expect, it } from "vitest";
import {
  around,
  clamped,
  panned,
  parseWindow,
  type Window,
  whole,
  windowText,
  zoomed,
} from "../../../web/src/timeline/window.ts";

const spans = fc.double({ min: 1, max: 1e6, noNaN: true });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

const within = (window: Window, spanUs: number) => {
  const all = whole(spanUs);
  const slack = 1e-9 * spanUs;
  expect(window.fromUs).toBeGreaterThanOrEqual(all.fromUs - slack);
  expect(window.toUs).toBeLessThanOrEqual(all.toUs + slack);
  expect(window.toUs).toBeGreaterThan(window.fromUs);
};

it("stays within what there is, whatever is done", () => {
  const steps = fc.array(
    fc.record({
      zoom: fc.boolean(),
      factor: fc.double({ min: 0.01, max: 100, noNaN: true }),
      at: shares,
      by: fc.double({ min: -5, max: 5, noNaN: true }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(spans, steps, (spanUs, list) => {
      let window = whole(spanUs);
      for (const { zoom, factor, at, by } of list) {
        const us = window.fromUs + at * (window.toUs - window.fromUs);
        window = zoom ? zoomed(window, factor, us, spanUs) : panned(window, by, spanUs);
        within(window, spanUs);
      }
    }),
  );
});

it("zooms in around the place under the pointer", () => {
  fc.assert(
    fc.property(spans, shares, fc.double({ min: 0.1, max: 1, noNaN: true }), (span, at, factor) => {
      const before = clamped({ fromUs: span * 0.3, toUs: span * 0.7 }, span);
      const us = before.fromUs + at * (before.toUs - before.fromUs);
      const after = zoomed(before, factor, us, span);
      const share = (us - after.fromUs) / (after.toUs - after.fromUs);
      expect(share).toBeCloseTo(at, 6);
    }),
  );
});

it("zooms out again to where it was", () => {
  const before = { fromUs: 400, toUs: 600 };
  const again = zoomed(zoomed(before, 0.5, 450, 1000), 2, 450, 1000);
  expect(again.fromUs).toBeCloseTo(400, 9);
  expect(again.toUs).toBeCloseTo(600, 9);
});

it("shows a kernel whole", () => {
  const { fromUs, toUs } = around(100, 110, 1000);
  expect(fromUs).toBeLessThan(100);
  expect(toUs).toBeGreaterThan(110);
});

it("stands in the address", () => {
  const window = { fromUs: -12.5, toUs: 80.125 };
  expect(parseWindow(windowText(window))).toEqual(window);
  for (const wrong of [undefined, "", "5", "9-3", "a-b", "1-1"])
    expect(parseWindow(wrong)).toBeUndefined();
});
