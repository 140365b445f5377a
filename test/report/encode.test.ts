import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellOf, decodeColumn, encodeColumn } from "../../src/report/encode.ts";
import { labels } from "./fixture.ts";

describe("columns", () => {
  it("numbers come back bit for bit, NaN, -0 and infinities among them", () => {
    const special = fc.constantFrom(
      Number.NaN,
      -0,
      0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5e-324,
      1,
      0.1,
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double(), special, fc.integer()), { maxLength: 60 }),
        (xs) => {
          const column = { kind: "number" as const, name: "x", data: Float64Array.from(xs) };
          const wire = JSON.parse(JSON.stringify(encodeColumn(column))) as ReturnType<
            typeof encodeColumn
          >;
          const back = decodeColumn(wire, xs.length);
          expect(back.kind).toBe("number");
          expect(Array.from(back.data).every((x, i) => Object.is(x, xs[i]))).toBe(true);
        },
      ),
    );
  });

  it("labels come back, whatever they are, and so do gaps", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.integer(),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 60 }), (cells) => {
        const wire = JSON.parse(JSON.stringify(encodeColumn(labels("c", cells)))) as ReturnType<
          typeof encodeColumn
        >;
        const back = decodeColumn(wire, cells.length);
        expect(cells.map((_, i) => cellOf(back, i))).toEqual(cells);
      }),
    );
  });

  it.each([300, 70_000])("%d different labels need wider codes", (count) => {
    const cells = Array.from({ length: count }, (_, i) => `label ${i}`);
    const back = decodeColumn(encodeColumn(labels("c", cells)), count);
    expect(cellOf(back, count - 1)).toBe(`label ${count - 1}`);
    expect(cellOf(back, 0)).toBe("label 0");
  });

  it("few different numbers take about a byte each", () => {
    const data = Float64Array.from({ length: 15_625 }, (_, i) => 0.1 * (i % 50));
    const text = JSON.stringify(encodeColumn({ kind: "number", name: "x", data }));
    expect(text.length).toBeLessThan(15_625 * 1.5);
  });

  it("a column of another length is rejected", () => {
    const wire = encodeColumn({ kind: "number", name: "x", data: Float64Array.of(1.5, 2.5) });
    expect(() => decodeColumn(wire, 3)).toThrow("column x");
  });
});
