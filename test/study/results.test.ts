import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockOf, type TrialRow } from "../../src/study/block.ts";
import { type Objective, resultOf, type Values } from "../../src/study/index.ts";
import { outcomeOf, violation } from "../../src/study/outcome.ts";
import { evaluateStages } from "../../src/study/stages.ts";

const objective = (name: string, goal: Objective["goal"], stage = 0): Objective => ({
  name,
  goal,
  unit: "",
  stage,
});
const objectives = [objective("up", "maximize"), objective("down", "minimize")];
const study = { objectives, spec: {} };

const row: fc.Arbitrary<TrialRow> = fc.record({
  state: fc.constantFrom("complete", "complete", "complete", "infeasible", "failed"),
  design: fc.record({ x: fc.integer() }),
  values: fc.record({ up: fc.integer({ min: -6, max: 6 }), down: fc.integer({ min: -6, max: 6 }) }),
});

/** Volume between the front and the reference by counting unit squares. */
function squares(
  points: readonly (readonly [up: number, down: number])[],
  up: number,
  down: number,
) {
  let n = 0;
  for (let u = up; u < 6; u++)
    for (let d = down; d > -6; d--) if (points.some(([pu, pd]) => pu >= u + 1 && pd <= d - 1)) n++;
  return n;
}

describe("the result of a study", () => {
  it("is what none of the complete trials is better than, in the user's directions", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const result = resultOf(study, blockOf(rows), { up: -6, down: 6 });
        const complete = rows.flatMap((r, i) =>
          r.state === "complete" ? [{ up: r.values.up!, down: r.values.down!, i }] : [],
        );
        const kept = complete.filter(
          (a) =>
            !complete.some(
              (b) => b.up >= a.up && b.down <= a.down && (b.up > a.up || b.down < a.down),
            ),
        );
        expect(result.front.map((f) => f.trial).sort((a, b) => a - b)).toEqual(
          kept.map((k) => k.i),
        );
        const ups = result.front.map((f) => f.values.up!);
        expect(ups).toEqual(ups.toSorted((a, b) => b - a));
        if (complete.length === 0) {
          expect(result).toMatchObject({ hypervolume: null, reference: null });
          expect(result.gap).toMatch(/no trial is complete/);
        } else {
          const points = kept.map((k) => [k.up, k.down] as const);
          expect(result.hypervolume).toBe(squares(points, -6, 6));
        }
        expect(Object.values(result.counts).reduce((a, b) => a + b)).toBe(rows.length);
      }),
    );
  });

  it("has a reference, and says why it has no volume, near the largest number", () => {
    const most = Number.MAX_VALUE;
    const rows = [
      { state: "complete", design: { x: 0 }, values: { up: most, down: -most } },
      { state: "complete", design: { x: 1 }, values: { up: -most, down: most } },
    ] as const;
    const result = resultOf(study, blockOf(rows));
    expect(result).toMatchObject({ hypervolume: null, reference: { up: -most, down: most } });
    expect(result.gap).toMatch(/largest number/);
    expect(result.front.map((f) => f.trial)).toEqual([0]);
  });

  it("is measured from a tenth of the range beyond the worst, where no reference is given", () => {
    const values = [
      { up: 10, down: 4 },
      { up: 30, down: 8 },
      { up: 20, down: 9 },
    ];
    const rows = values.map((v): TrialRow => ({ state: "complete", design: {}, values: v }));
    const { reference, hypervolume } = resultOf(study, blockOf(rows));
    expect(reference).toEqual({ up: 8, down: 9.5 });
    expect(hypervolume).toBeCloseTo((10 - 8) * (9.5 - 4) + (30 - 10) * (9.5 - 8), 12);
    const given = { objectives, spec: { reference: { up: 0, down: 10 } } };
    expect(resultOf(given, blockOf(rows)).reference).toEqual({ up: 0, down: 10 });
    const one = resultOf(study, blockOf(rows.slice(0, 1)));
    expect(one.reference).toEqual({ up: 9, down: 4.4 });
    expect(one.hypervolume).toBeCloseTo(0.4, 12);
  });

  it("says so where an exact hypervolume would take too long", () => {
    const many = Array.from({ length: 7 }, (_, k) => objective(`f${k}`, "minimize"));
    const rows = Array.from({ length: 400 }, (_, i): TrialRow => {
      const values = Object.fromEntries(
        many.map((o, k) => [o.name, k === 0 ? i : k === 1 ? -i : 0]),
      );
      return { state: "complete", design: {}, values };
    });
    const result = resultOf({ objectives: many, spec: {} }, blockOf(rows));
    expect(result.front).toHaveLength(400);
    expect(result).toMatchObject({ hypervolume: null });
    expect(result.gap).toMatch(/400 points in 7 objectives/);
  });
});

describe("what the search is told", () => {
  const constraints = [
    { name: "params", op: "<=", bound: 100, stage: 0 },
    { name: "up", op: ">=", bound: 0, stage: 0 },
  ] as const;

  it("is minimised, with the relative excess over all bounds", () => {
    const values = { up: -3, down: 2, params: 150 };
    expect(violation(constraints, values)).toBe(0.5 + 3);
    expect(outcomeOf({ state: "infeasible", values }, objectives, constraints)).toEqual({
      kind: "complete",
      objectives: [3, 2],
      violation: 3.5,
    });
    expect(violation(constraints, { up: 0, params: 100 })).toBe(0);
  });

  it("is no objective of a design that was never evaluated to the end", () => {
    expect(
      outcomeOf({ state: "infeasible", values: { params: 200 } }, objectives, constraints),
    ).toEqual({ kind: "pruned", violation: 1 });
    expect(outcomeOf({ state: "pruned", values: { up: 1 } }, objectives, constraints)).toEqual({
      kind: "pruned",
      violation: 0,
    });
    expect(
      outcomeOf({ state: "failed", values: {}, error: "why" }, objectives, constraints),
    ).toEqual({
      kind: "failed",
      reason: "why",
    });
  });
});

describe("stages", () => {
  it("ask for each stage's values only of those that are still in", async () => {
    const asked: number[][] = [];
    const problem = {
      space: undefined as never,
      objectives: [objective("cheap", "minimize", 0), objective("dear", "minimize", 1)],
      constraints: [{ name: "limit", op: "<=", bound: 5, stage: 0 } as const],
      notes: [],
      evaluate: () => Promise.reject(new Error("the evaluator evaluates")),
    };
    const designs = Array.from({ length: 10 }, (_, i) => ({ i }));
    const rows = await evaluateStages(
      problem,
      {
        threads: 0,
        ready: async () => {},
        evaluate: async (batch, stage) => {
          asked[stage] = batch.map((d) => Number(d.i));
          return batch.map((d): Values | Error =>
            d.i === 2
              ? new Error("broken")
              : stage === 0
                ? { cheap: Number(d.i), limit: Number(d.i) }
                : { dear: 1 },
          );
        },
        close: async () => {},
      },
      designs,
      { keep: 0.5 },
    );
    expect(asked).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [0, 1, 3],
    ]);
    expect(rows.map((r) => r.state)).toEqual([
      "complete",
      "complete",
      "failed",
      "complete",
      "pruned",
      "pruned",
      "infeasible",
      "infeasible",
      "infeasible",
      "infeasible",
    ]);
    expect(rows[0]!.values).toEqual({ cheap: 0, limit: 0, dear: 1 });
    expect(rows[2]).toMatchObject({ error: "broken", values: {} });
  });

  it("let the algorithm choose after the first, and early estimates after the others", async () => {
    const asked: number[][] = [];
    const parents: unknown[] = [];
    const problem = {
      space: undefined as never,
      objectives: [objective("cheap", "minimize", 0), objective("dear", "maximize", 2)],
      constraints: [],
      interim: [{ name: "dear@1", of: "dear", stage: 1, keep: 0.5 }],
      notes: [],
      evaluate: () => Promise.reject(new Error("the evaluator evaluates")),
    };
    const designs = Array.from({ length: 6 }, (_, i) => ({ i }));
    let chosenFrom: unknown;
    const rows = await evaluateStages(
      problem,
      {
        threads: 0,
        ready: async () => {},
        evaluate: async (batch, stage, _after, context) => {
          asked[stage] = batch.map((d) => Number(d.i));
          parents[stage] = context?.parents;
          const name = ["cheap", "dear@1", "dear"][stage]!;
          // The larger the number the better in all, so that one alone is not dominated.
          return batch.map((d): Values => ({ [name]: stage === 0 ? -Number(d.i) : Number(d.i) }));
        },
        close: async () => {},
      },
      designs,
      {
        accept(from, cheap, count) {
          chosenFrom = { from, cheap, count };
          return [0, 2, 3, 5];
        },
        context: { folder: "", parents: designs.map(({ i }) => ({ of: i })) },
      },
    );
    expect(chosenFrom).toEqual({
      from: designs,
      cheap: designs.map(({ i }) => [-i]),
      count: 6,
    });
    expect(asked).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 2, 3, 5],
      [3, 5],
    ]);
    expect(parents[2]).toEqual([{ of: 3 }, { of: 5 }]);
    expect(rows.map((r) => r.state)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => (i === 3 || i === 5 ? "complete" : "pruned")),
    );
    expect(rows[2]!.values).toEqual({ cheap: -2, "dear@1": 2 });
  });
});
