import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  columnFormat,
  formatDuration,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSi,
  formatUs,
} from "../../src/report/number.ts";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [1, "1"],
    [15_625, "15,625"],
    [1.23456, "1.235"],
    [12345.678, "12,346"],
    [0.00012345, "0.0001234"],
    [-0.5, "-0.5"],
    [1e-7, "1.000e-7"],
    [1e18, "1.000e+18"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "∞"],
    [94.3733, "94.37"],
  ])("%d is %s", (x, text) => expect(formatNumber(x)).toBe(text));

  it("keeps the value to the digits that it shows", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (x) => {
        const back = Number(formatNumber(x, 4).replaceAll(",", ""));
        expect(Math.abs(back - x) / x).toBeLessThanOrEqual(0.5e-3);
      }),
    );
  });
});

describe("columnFormat", () => {
  it("gives all values of a column the same decimals", () => {
    const format = columnFormat([12.3456, 1.2, 0.5]);
    expect([12.3456, 1.2, 0.5].map(format)).toEqual(["12.35", "1.20", "0.50"]);
  });
  it("leaves integers without decimals", () => {
    expect(columnFormat([1, 20, 300])(20)).toBe("20");
  });
  it("never shows a value as zero that is not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1 }),
        (xs) => {
          const format = columnFormat(xs);
          for (const x of xs) expect(Number(format(x).replaceAll(",", ""))).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe("units", () => {
  it("formatSi picks the prefix", () => {
    expect(formatSi(220_119_690, "MAC")).toBe("220 MMAC");
    expect(formatSi(4.11e9, "FLOP")).toBe("4.11 GFLOP");
    expect(formatSi(999_960, "B")).toBe("1 MB");
    expect(formatSi(0, "B")).toBe("0 B");
    expect(formatSi(12, "")).toBe("12");
  });
  it("formatUs, formatDuration, formatPercent, formatFixed", () => {
    expect(formatUs(413.2)).toBe("413 µs");
    expect(formatUs(12_400)).toBe("12.4 ms");
    expect(formatDuration(250_000)).toBe("4 min 10 s");
    expect(formatDuration(12_340)).toBe("12.3 s");
    expect(formatDuration(7_500_000)).toBe("2 h 5 min");
    expect(formatPercent(0.0423)).toBe("4.2 %");
    expect(formatPercent(0.5)).toBe("50 %");
    expect(formatFixed(-0.0001, 2)).toBe("0.00");
  });
});
