import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dominates, neighbours, planarFront, rivals } from "../../src/report/dominance.ts";

const goals = [{ goal: "maximize" as const }, { goal: "minimize" as const }];
const accuracy = [90, 92, 94, 91, 89];
const latency = [1, 2, 4, 3, 5];
const front = [0, 1, 2];

describe("rivals", () => {
  it("names the fastest that is no less accurate and the most accurate that is no slower", () => {
    expect(rivals(goals, [accuracy, latency], front, 3)).toEqual([{ trial: 1, bestIn: [0, 1] }]);
    expect(rivals(goals, [accuracy, latency], front, 4)).toEqual([
      { trial: 2, bestIn: [0] },
      { trial: 0, bestIn: [1] },
    ]);
  });
  it("finds none for a design of the front", () => {
    for (const trial of front) expect(rivals(goals, [accuracy, latency], front, trial)).toEqual([]);
  });
});

describe("neighbours", () => {
  it("are the next better design in each objective", () => {
    expect(neighbours(goals, [accuracy, latency], front, 1)).toEqual([
      { trial: 2, betterIn: 0 },
      { trial: 0, betterIn: 1 },
    ]);
    expect(neighbours(goals, [accuracy, latency], front, 0)).toEqual([{ trial: 1, betterIn: 0 }]);
  });
  it("do not differ by rounding alone", () => {
    const times = [1, 1 - 2 ** -52, 0.5];
    expect(neighbours(goals, [[90, 89, 80], times], [0, 1, 2], 0)).toEqual([
      { trial: 2, betterIn: 1 },
    ]);
  });
});

describe("planarFront", () => {
  const point = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
  const either = fc.constantFrom("minimize" as const, "maximize" as const);
  it("is what brute force leaves, each point once, in order", () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), either, either, (points, gx, gy) => {
        const axes = [{ goal: gx }, { goal: gy }] as const;
        const xs = points.map((p) => p[0]);
        const ys = points.map((p) => p[1]);
        const rows = points.map((_, i) => i);
        const corners = planarFront([...axes], xs, ys, rows);
        const best = rows.filter((i) => !rows.some((j) => dominates(axes, [xs, ys], j, i)));
        const text = (i: number) => `${xs[i]},${ys[i]}`;
        expect(new Set(corners.map(text))).toEqual(new Set(best.map(text)));
        expect(new Set(corners.map(text)).size).toBe(corners.length);
        const order = corners.map((i) => (gx === "minimize" ? xs[i]! : -xs[i]!));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });
});
