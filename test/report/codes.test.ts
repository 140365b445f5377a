import { describe, expect, it } from "vitest";
import { asCodes } from "../../src/report/codes.ts";

const column = (values: readonly number[]) =>
  ({ kind: "number", name: "x", data: Float64Array.from(values) }) as const;

describe("codes", () => {
  it("are labels", () => {
    const coded = asCodes(column([32_123, 13_211, Number.NaN, 32_123]));
    expect(coded).toMatchObject({ kind: "label", labels: ["32123", "13211"] });
    expect([...coded.data]).toEqual([0, 1, -1, 0]);
  });

  it.each([
    ["few digits", [321, 123]],
    ["lengths that differ", [32_123, 132_111]],
    ["round numbers", [10_000, 20_000, 30_000]],
    ["many different digits", [12_345, 67_890, 13_579]],
    ["fractions", [1.125, 2.125]],
    ["negative numbers", [-3212, -1231]],
    ["one value", [11_111, 11_111]],
  ])("are not: %s", (_, values) => {
    expect(asCodes(column(values)).kind).toBe("number");
  });
});
