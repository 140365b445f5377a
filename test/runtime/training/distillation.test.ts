/** Distillation against PyTorch's formula, written out: F.kl_div(..., "batchmean") * T^2. */
import { expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { numbers } from "../../../src/graph/tensor.ts";
import { type TrainingForm, trainingStep } from "../../../src/runtime/training/index.ts";
import { uniform } from "../../support/finite-differences.ts";
import { DESCENT, dense, gradientsOf, indices, runStep, scalar } from "./form-helpers.ts";

const [BATCH, FEATURES, CLASSES] = [4, 3, 5];

function linear(name: string, ...weights: readonly string[]) {
  const b = new GraphBuilder({ name });
  b.input("x", ["batch", FEATURES]);
  weights.forEach((w, i) => {
    b.initializer(w, uniform(i + 1, [FEATURES, CLASSES], -2, 2));
    b.output(b.add("MatMul", ["x", w], {}, { outputs: [`${w}_logits`] }), ["batch", CLASSES]);
  });
  return b.build();
}

it.each([
  { temperature: 1, weight: 1 },
  { temperature: 4, weight: 0.5 },
])("is PyTorch's, its gradient too: %o", async ({ temperature, weight }) => {
  const network = linear("student", "w");
  const form: TrainingForm = {
    graph: linear("both", "w", "t"),
    classifiers: [
      { logits: "w_logits", weight: 0, teacher: { logits: "t_logits", weight, temperature } },
    ],
  };
  const step = trainingStep(network, { ...DESCENT, batch: BATCH, form });
  expect(step.parameterNames).toEqual(["w"]);
  const x = Array.from(numbers(uniform(9, [BATCH, FEATURES])), Number);
  const state = step.initialState(0, network.initializers);
  const feeds = { x: dense([BATCH, FEATURES], x), labels: indices(0, 1, 2, 3) };
  const out = await runStep(step, feeds, state);

  const softmaxOf = (name: string) => {
    const w = numbers(form.graph.initializers.get(name)!);
    return Array.from({ length: BATCH }, (_, n) => {
      const exps = Array.from({ length: CLASSES }, (__, c) => {
        let z = 0;
        for (let i = 0; i < FEATURES; i++) z += x[n * FEATURES + i]! * w[i * CLASSES + c]!;
        return Math.exp(z / temperature);
      });
      const sum = exps.reduce((a, b) => a + b, 0);
      return exps.map((e) => e / sum);
    });
  };
  const [target, input] = [softmaxOf("t"), softmaxOf("w")];
  let loss = 0;
  const gradient = Array.from({ length: FEATURES * CLASSES }, () => 0);
  for (let n = 0; n < BATCH; n++)
    for (let c = 0; c < CLASSES; c++) {
      const [p, q] = [target[n]![c]!, input[n]![c]!];
      loss += (weight * temperature ** 2 * p * (Math.log(p) - Math.log(q))) / BATCH;
      // d/dz of T^2 KL = T (q - p)
      for (let i = 0; i < FEATURES; i++)
        gradient[i * CLASSES + c]! +=
          (weight * temperature * (q - p) * x[n * FEATURES + i]!) / BATCH;
    }
  expect(scalar(out.loss)).toBeCloseTo(loss, 5);
  gradientsOf(step, state, out).w!.forEach((g, i) => {
    expect(g).toBeCloseTo(gradient[i]!, 5);
  });
});
