/** Steps whose graph is a form of the network: against losses that are written out by hand. */
import { describe, expect, it } from "vitest";
import { numbers } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import {
  stateAfter,
  type TrainingForm,
  type TrainingOptions,
  type TrainingState,
  trainedGraph,
  trainingStep,
} from "../../../src/runtime/training/index.ts";
import { uniform } from "../../support/finite-differences.ts";
import {
  DESCENT,
  dense,
  FEATURES,
  gatedForm,
  gatedNetwork,
  gradientsOf,
  indices,
  runStep,
  scalar,
  WEIGHTS,
} from "./form-helpers.ts";

const BATCH = 3;
const LABELS = [0, 2, 1];
const X = Array.from(numbers(uniform(11, [BATCH, FEATURES])), Number);
const U = Array.from(numbers(uniform(12, [BATCH, 4], 0.1, 0.9)), Number);
const feeds = {
  x: dense([BATCH, FEATURES], X),
  u: dense([BATCH, 4], U),
  labels: indices(...LABELS),
};

const options = (form: TrainingForm, more: Partial<TrainingOptions> = {}): TrainingOptions => ({
  ...DESCENT,
  batch: BATCH,
  form,
  steps: 10,
  ...more,
});

const kept = (graph: Graph) => new Map([...graph.initializers].filter(([name]) => name in WEIGHTS));

/** The state before step `done`, with the network's own weights. */
const stateAt = (step: ReturnType<typeof trainingStep>, done: number): TrainingState => ({
  ...step.initialState(0, kept(step.network)),
  step: { dtype: "int64", dims: [1], data: BigInt64Array.of(BigInt(done)) },
});

type Rows = readonly (readonly number[])[];
type Weights = Readonly<Record<string, readonly number[]>>;

const matmul = (a: Rows, w: readonly number[], columns: number): Rows =>
  a.map((row) =>
    Array.from({ length: columns }, (_, j) =>
      row.reduce((sum, value, i) => sum + value * w[i * columns + j]!, 0),
    ),
  );
const rowsOf = (values: readonly number[], columns: number): Rows =>
  Array.from({ length: values.length / columns }, (_, i) =>
    values.slice(i * columns, (i + 1) * columns),
  );
const logSoftmax = (row: readonly number[]) => {
  const log = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
  return row.map((z) => z - log);
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const entropy = (logits: Rows) => mean(logits.map((row, i) => -logSoftmax(row)[LABELS[i]!]!));

/** `gatedForm("soft")` in double precision. */
function byHand(w: Weights): { readonly early: Rows; readonly final: Rows; readonly gate: number } {
  const x = rowsOf(X, FEATURES);
  const score = matmul(x, w.gate!, 4);
  const gate = score.map((row, i) =>
    row.map((s, j) => {
      const u = U[4 * i + j]!;
      return 1 / (1 + Math.exp(-(s + Math.log(u / (1 - u)))));
    }),
  );
  const h = matmul(x, w.w1!, 4).map((row, i) => row.map((v, j) => Math.max(0, v) * gate[i]![j]!));
  return {
    early: matmul(h, w.early!, 3),
    final: matmul(h, w.w2!, 3),
    gate: mean(gate.flat()),
  };
}

/** Central differences of a loss in double precision. */
function differences(loss: (w: Weights) => number, at: Weights): Weights {
  const h = 1e-5;
  return Object.fromEntries(
    Object.entries(at).map(([name, values]) => [
      name,
      values.map((_, i) => {
        const moved = (by: number) =>
          loss({ ...at, [name]: values.map((v, j) => (i === j ? v + by : v)) });
        return (moved(h) - moved(-h)) / (2 * h);
      }),
    ]),
  );
}

function expectClose(actual: Weights, expected: Weights): void {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, values] of Object.entries(expected))
    values.forEach((value, i) => {
      expect(actual[name]![i], `${name}[${i}]`).toBeCloseTo(value, 5);
    });
}

const start: Weights = Object.fromEntries(
  [...kept(gatedNetwork())].map(([name, t]) => [name, Array.from(numbers(t), Number)]),
);

describe("a form of two exits and a budget", () => {
  it("has the loss and the gradients of the sum written by hand", async () => {
    const form = gatedForm("soft");
    const step = trainingStep(gatedNetwork(), options({ ...form, stop: [] }));
    expect(step.noise).toEqual([{ name: "u", dims: [BATCH, 4] }]);
    const state = stateAt(step, 4);
    const out = await runStep(step, feeds, state);
    const loss = (w: Weights) => {
      const { early, final, gate } = byHand(w);
      return 0.3 * entropy(early) + entropy(final) + 0.4 * (gate - 0.5) ** 2;
    };
    expect(scalar(out.loss)).toBeCloseTo(loss(start), 5);
    expectClose(gradientsOf(step, state, out), differences(loss, start));
    const { final, gate } = byHand(start);
    const hits = final.filter((row, i) => row.indexOf(Math.max(...row)) === LABELS[i]).length;
    expect(scalar(out.correct)).toBe(hits);
    expect(scalar(out[step.reports.budget!])).toBeCloseTo(0.4 * (gate - 0.5) ** 2, 6);
  });

  it("teaches the early exit by the last one, which learns nothing from it", async () => {
    const teacher = { logits: "final", weight: 0.7, temperature: 3 };
    const form: TrainingForm = {
      ...gatedForm("soft"),
      classifiers: [
        { logits: "exit", weight: 0.3, teacher },
        { logits: "final", weight: 1 },
      ],
      penalties: [],
    };
    const step = trainingStep(gatedNetwork(), options(form));
    const state = stateAt(step, 0);
    const out = await runStep(step, feeds, state);
    const softened = (logits: Rows) => logits.map((row) => logSoftmax(row.map((z) => z / 3)));
    const taught = softened(byHand(start).final);
    const loss = (w: Weights) => {
      const { early, final } = byHand(w);
      const q = softened(early);
      const divergence = taught.map((p, i) =>
        p.reduce((sum, log, c) => sum + Math.exp(log) * (log - q[i]![c]!), 0),
      );
      return 0.3 * entropy(early) + 0.7 * 9 * mean(divergence) + entropy(final);
    };
    expect(scalar(out.loss)).toBeCloseTo(loss(start), 5);
    expectClose(gradientsOf(step, state, out), differences(loss, start));
  });

  it("computes with hard gates and gives them the soft ones' gradient, or none where stopped", async () => {
    const hard = trainingStep(gatedNetwork(), options(gatedForm("hard")));
    expect(hard.parameterNames.toSorted()).toEqual(Object.keys(WEIGHTS).toSorted());
    const state = stateAt(hard, 5);
    const out = await runStep(hard, feeds, state);
    expect(scalar(out[hard.reports.kept!]) * 12).toBeCloseTo(
      Math.round(scalar(out[hard.reports.kept!]) * 12),
      5,
    );
    expect(gradientsOf(hard, state, out).gate!.some((g) => Math.abs(g) > 1e-4)).toBe(true);
    const form = gatedForm("hard");
    const frozen = trainingStep(gatedNetwork(), options({ ...form, stop: ["rest", "soft"] }));
    expect(frozen.parameterNames).not.toContain("gate");
    const next = stateAfter(frozen, await runStep(frozen, feeds, stateAt(frozen, 0)));
    const trained = trainedGraph(frozen, next);
    expect(trained.nodes).toEqual(gatedNetwork().nodes);
    expect(trained.initializers.get("gate")).toBe(frozen.network.initializers.get("gate"));
    expect(trained.initializers.get("w2")).not.toEqual(gatedNetwork().initializers.get("w2"));
  });

  it("is told its progress: step / steps, exactly", async () => {
    const step = trainingStep(gatedNetwork(), options(gatedForm("hard"), { steps: 7 }));
    let state = step.initialState(0);
    const seen: number[] = [];
    for (let i = 0; i < 7; i++) {
      const out = await runStep(step, feeds, state);
      seen.push(scalar(out[step.reports.done!]));
      state = stateAfter(step, out);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => Math.fround(i / 7)));
    // Further steps than were told stay below 1.
    const out = await runStep(step, feeds, state);
    expect(scalar(out[step.reports.done!])).toBe(Math.fround(6 / 7));
  });
});
