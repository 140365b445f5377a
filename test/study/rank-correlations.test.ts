import { describe, expect, it } from "vitest";
import { blockOf } from "../../src/study/index.ts";
import { correlationLines, rankCorrelations } from "../../src/study/rank-correlations.ts";
import type { Objective, Values } from "../../src/study/types.ts";

const objective = (name: string, stage: number): Objective => ({
  name,
  unit: "",
  goal: "maximize",
  stage,
});
const study = {
  objectives: [objective("params", 0), objective("accuracy", 2)],
  constraints: [{ name: "synflow", op: ">=" as const, bound: 0, stage: 0 }],
};

/** Accuracy of six designs, the last two given up on the way. */
const measured: readonly Values[] = [
  { params: 10, synflow: 5, "accuracy@2": 40, accuracy: 61 },
  { params: 30, synflow: 1, "accuracy@2": 50, accuracy: 72 },
  { params: 20, synflow: 4, "accuracy@2": 44, accuracy: 70 },
  { params: 50, synflow: 2, "accuracy@2": 48, accuracy: 71 },
  { params: 40, synflow: 3, "accuracy@2": 30 },
  { params: 60, synflow: 9 },
];
const rows = measured.map((values, i) => ({
  design: { i },
  state: "accuracy" in values ? ("complete" as const) : ("pruned" as const),
  values,
}));

describe("rank correlations", () => {
  it("are those of scipy's spearmanr, over the trials that have both", () => {
    const found = rankCorrelations(study, blockOf(rows));
    // spearmanr([10, 30, 20, 50], [61, 72, 70, 71]) = 0.8, of synflow -0.8 + ranks 4 1 3 2 -> -1, of @2 1
    expect(found.map((c) => [c.estimate, +c.spearman.toFixed(6), c.trials])).toEqual([
      ["synflow", -1, 4],
      ["accuracy@2", 1, 4],
      ["params", 0.8, 4],
    ]);
    expect(correlationLines(found)).toEqual([
      "rank correlation (Spearman's) with accuracy: synflow -1.00, accuracy@2 1.00, params 0.80 (4 trials)",
    ]);
  });

  it("are not told of too few trials, of constants, or where nothing is expensive", () => {
    expect(rankCorrelations(study, blockOf(rows.slice(0, 3)))).toEqual([]);
    const same = rows.map((r) => ({ ...r, values: { ...r.values, accuracy: 50 } }));
    expect(rankCorrelations(study, blockOf(same))).toEqual([]);
    const cheap = {
      objectives: study.objectives.map((o) => ({ ...o, stage: 0 })),
      constraints: [],
    };
    expect(rankCorrelations(cheap, blockOf(rows))).toEqual([]);
  });
});
