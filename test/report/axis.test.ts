import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extent, fromAxis, ticks, toAxis } from "../../src/report/axis.ts";

const label = (text: string) =>
  Number(text.replaceAll(",", "").replace("k", "e3").replace("M", "e6").replace("G", "e9"));

describe("ticks", () => {
  it("are round on a linear axis", () => {
    expect(ticks("linear", 0, 10, 5).map((t) => t.label)).toEqual(["0", "2", "4", "6", "8", "10"]);
    expect(ticks("linear", 93.71, 94.02, 4).map((t) => t.label)).toEqual(["93.8", "93.9", "94.0"]);
  });
  it("are 1, 2, 5 on a log axis of few decades and powers of ten on one of many", () => {
    expect(ticks("log", 0, 2, 7).map((t) => t.label)).toEqual([
      "1",
      "2",
      "5",
      "10",
      "20",
      "50",
      "100",
    ]);
    expect(ticks("log", 0, 8, 5).map((t) => t.label)).toEqual(["1", "100", "10k", "1M", "100M"]);
  });
  it("stand where their label says, inside the range", () => {
    const kind = fc.constantFrom("linear" as const, "log" as const);
    fc.assert(
      fc.property(
        kind,
        fc.double({ min: 0.001, max: 1e5, noNaN: true }),
        fc.double({ min: 0.05, max: 50, noNaN: true }),
        (axis, low, span) => {
          const a = toAxis(axis, low);
          const b = toAxis(axis, low * (1 + span));
          for (const t of ticks(axis, a, b, 6)) {
            expect(t.at).toBeGreaterThanOrEqual(a - 1e-6 * (b - a));
            expect(t.at).toBeLessThanOrEqual(b + 1e-6 * (b - a));
            const value = fromAxis(axis, t.at);
            expect(Math.abs(label(t.label) - value)).toBeLessThan(1e-6 * low * (1 + span));
          }
        },
      ),
    );
  });
  it("stay short for large numbers", () => {
    expect(ticks("linear", 4000, 31_000, 3).map((t) => t.label)).toEqual(["10k", "20k", "30k"]);
    expect(ticks("linear", 12_345_000, 12_347_000, 4).map((t) => t.label)[0]).toBe("12.3450M");
  });
  it("a log axis leaves out what is not positive", () => {
    expect(extent("log", [-1, 0, 1, 100], 0)).toEqual([0, 2]);
  });
  it("a range of one value is widened, and of none is the unit", () => {
    const [low, high] = extent("linear", [5, 5]);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(extent("linear", [Number.NaN])).toEqual([0, 1]);
  });
});
