/** Learning rates step by step against their formulas, beyond the last step too. */
import { afterAll, describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";
import { GradientBuilder } from "../../../src/ops/gradients/builder.ts";
import { nodeEngine, type Session } from "../../../src/runtime/index.ts";
import { Formula } from "../../../src/runtime/training/formula.ts";
import { type ScheduleOptions, scheduleNames } from "../../../src/runtime/training/index.ts";
import { schedule } from "../../../src/runtime/training/schedule/index.ts";

const open: Session[] = [];
afterAll(() => Promise.all(open.map((session) => session.release())));

async function rates(options: ScheduleOptions, steps: number): Promise<number[]> {
  let n = 0;
  const builder: GraphBuilder = new GradientBuilder({}, (wanted) => `${wanted}_${n++}`);
  const step = builder.input("step", []);
  builder.output(schedule(options)(new Formula(builder as GradientBuilder), step), []);
  const session = await nodeEngine.open(builder.build(), { threads: 1 });
  open.push(session);
  const out: number[] = [];
  for (let i = 0; i < steps; i++) {
    const feed = { dtype: "float32", dims: [], data: Float32Array.of(i) } as const;
    out.push(Number(Object.values(await session.run({ step: feed }))[0]!.data[0]));
  }
  return out;
}

const between = (from: number, to: number, done: number) =>
  to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, done)))) / 2;

const cases: readonly [string, ScheduleOptions, (t: number) => number][] = [
  ["constant", { name: "constant", learningRate: 0.3 }, () => 0.3],
  [
    "constant with a rise",
    { name: "constant", learningRate: 0.3, warmup: 4 },
    (t) => (t < 4 ? (0.3 * (t + 1)) / 4 : 0.3),
  ],
  ["cosine", { name: "cosine", learningRate: 0.1, steps: 20 }, (t) => between(0.1, 0, t / 20)],
  [
    "cosine with a rise and a floor",
    { name: "cosine", learningRate: 0.1, steps: 20, warmup: 5, final: 0.2 },
    (t) => (t < 5 ? (0.1 * (t + 1)) / 5 : between(0.1, 0.02, (t - 5) / 15)),
  ],
  [
    "one-cycle",
    { name: "one-cycle", learningRate: 0.5, steps: 20, rise: 0.25, initialDivisor: 10 },
    (t) => (t <= 4 ? between(0.05, 0.5, t / 4) : between(0.5, 0.05 / 1e4, (t - 4) / 15)),
  ],
  // A rise of less than a step, as PyTorch's OneCycleLR(max_lr=0.5, total_steps=3) has it, is none.
  ["one-cycle of 3 steps", one(3), (t) => between(0.5, 0.02 / 1e4, (t + 0.1) / 2.1)],
  ["one-cycle of 2 steps", one(2), (t) => between(0.5, 0.02 / 1e4, (t + 0.4) / 1.4)],
  ["one-cycle of 1 step", one(1), (t) => (t === 0 ? 0.5 : 0.02 / 1e4)],
  [
    "one-cycle with a rise of one step",
    { ...one(4), rise: 0.25 },
    (t) => between(0.5, 0.02 / 1e4, t / 3),
  ],
  [
    "one-cycle that only rises",
    { ...one(10), rise: 1 },
    (t) => (t <= 9 ? between(0.02, 0.5, t / 9) : 0.02 / 1e4),
  ],
];

function one(steps: number) {
  return { name: "one-cycle", learningRate: 0.5, steps } as const;
}

describe("the learning rate", () => {
  it.each(cases)("%s", async (_, options, expected) => {
    for (const [t, rate] of (await rates(options, 24)).entries())
      expect(Math.abs(rate - expected(t)), `step ${t}`).toBeLessThan(
        1e-6 * options.learningRate + 1e-4 * expected(t),
      );
  });

  it("has a case for every schedule", () => {
    expect(new Set(cases.map(([, options]) => options.name))).toEqual(new Set(scheduleNames));
  });

  it.each([
    { name: "one-cycle", learningRate: 0.1, steps: 0 },
    { name: "one-cycle", learningRate: 0.1, steps: 100, rise: 1.1 },
    { name: "cosine", learningRate: 0, steps: 10 },
    { name: "cosine", learningRate: Number.NaN, steps: 10 },
    { name: "constant", learningRate: 0.1, warmup: -1 },
  ] as const)("refuses %o", (options) => {
    expect(() => schedule(options)).toThrow(/expected/);
  });
});
