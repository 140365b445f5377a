import { describe, expect, it } from "vitest";
import { frontRange } from "../../src/report/focus.ts";
import { frontSvg } from "../../src/report/front-svg.ts";
import { reportOf } from "./fixture.ts";

const measured = (values: readonly number[], goal: "minimize" | "maximize") => ({
  name: "x",
  unit: "",
  goal,
  data: Float64Array.from(values),
});
const range = (values: readonly number[], goal: "minimize" | "maximize" = "maximize") =>
  frontRange("linear", measured(values, goal), [...values.keys()]);

describe("the first view", () => {
  it("holds a whole front that is evenly spread", () => {
    const [low, high] = range([60, 65, 70, 75, 80, 84]);
    expect(low).toBeLessThan(60);
    expect(high).toBeGreaterThan(84);
  });

  it("leaves out the fewest that would press the others together", () => {
    const [low] = range([10, 20, 88, 89, 90, 91, 92, 93, 94, 95]);
    expect(low).toBeGreaterThan(20);
    expect(low).toBeLessThan(88);
  });

  it("never leaves out more than a fifth, nor of what is minimised", () => {
    expect(range([10, 20, 94, 95])[0]).toBeLessThan(10);
    const [low, high] = range([1, 2, 3, 4, 500], "minimize");
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(500);
  });

  it("says in a picture what it leaves out", () => {
    const objectives = [
      { name: "a", unit: "%", goal: "maximize" },
      { name: "ms", unit: "ms", goal: "minimize" },
    ] as const;
    const rows = (as: readonly number[]) =>
      as.map((a, i) => ({ design: { i }, values: { a, ms: i + 1 } }));
    const far = reportOf("far", objectives, rows([10, 90, 91, 92, 93, 94]));
    expect(frontSvg(far, { focus: "front" })).toContain("1 front design lies outside this view");
    expect(frontSvg(far)).not.toContain("outside");
    const near = reportOf("near", objectives, rows([80, 84, 88, 91, 93, 94]));
    expect(frontSvg(near, { focus: "front" })).not.toContain("outside");
  });
});
