/** A small network with a gate and two exits, and forms to train it in. */
import { int } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { type DenseTensor, nodeEngine } from "../../../src/runtime/index.ts";
import type { TrainingForm, TrainingStep } from "../../../src/runtime/training/index.ts";
import { uniform } from "../../support/finite-differences.ts";

export const FEATURES = 2;
const HIDDEN = 4;
export const WEIGHTS = {
  w1: [FEATURES, HIDDEN],
  gate: [FEATURES, HIDDEN],
  early: [HIDDEN, 3],
  w2: [HIDDEN, 3],
} as const;

/** h = relu(x w1); a gate, sigmoid(x gate) > 1/2 in inference, leaves out units; exits h early, h w2. */
export function gatedNetwork(): Graph {
  const b = base();
  const hard = b.add("Cast", [b.add("Greater", ["soft", half(b)])], { to: int(1) });
  exits(b, hard);
  b.output("final", ["batch", 3]);
  b.output("exit", ["batch", 3]);
  return b.build();
}

function base(inputs: (b: GraphBuilder) => void = () => {}, score = "score"): GraphBuilder {
  const b = new GraphBuilder({ name: "gated" });
  b.input("x", ["batch", FEATURES]);
  inputs(b);
  Object.entries(WEIGHTS).forEach(([name, dims], i) => {
    b.initializer(name, uniform(i + 1, dims));
  });
  b.add("MatMul", ["x", "gate"], {}, { outputs: ["score"] });
  if (score !== "score") {
    // The logistic noise of a relaxed Bernoulli (Maddison et al. 2017): log u - log (1 - u).
    const one = b.initializer("one", float32s([1], []));
    const logit = b.add("Log", [b.add("Div", ["u", b.add("Sub", [one, "u"])])]);
    b.add("Add", ["score", logit], {}, { outputs: [score] });
  }
  b.add("Sigmoid", [score], {}, { outputs: ["soft"] });
  return b;
}

const half = (b: GraphBuilder) => b.initializer("half", float32s([0.5], []));

function exits(b: GraphBuilder, gate: string): void {
  const h = b.add("Relu", [b.add("MatMul", ["x", "w1"])]);
  const kept = b.add("Mul", [h, gate]);
  b.add("MatMul", [kept, "early"], {}, { outputs: ["exit"] });
  b.add("MatMul", [kept, "w2"], {}, { outputs: ["final"] });
}

/** Noisy gates, soft or straight-through; a budget of (mean gate - 1/2)^2 that rises with progress. */
export function gatedForm(kind: "soft" | "hard"): TrainingForm {
  const b = base((to) => {
    to.input("u", ["batch", HIDDEN]);
    to.input("done", []);
  }, "noisy");
  const middle = half(b);
  const hard = b.add("Cast", [b.add("Greater", ["soft", middle])], { to: int(1) });
  const rest = b.add("Sub", [hard, "soft"], {}, { outputs: ["rest"] });
  const gate = kind === "soft" ? "soft" : b.add("Add", ["soft", rest]);
  exits(b, gate);
  const mean = (value: string) => b.add("ReduceMean", [value], { keepdims: int(0) });
  const excess = b.add("Sub", [mean(gate), middle]);
  b.add("Mul", ["done", b.add("Mul", [excess, excess])], {}, { outputs: ["budget"] });
  b.add("Identity", [mean(hard)], {}, { outputs: ["kept"] });
  b.output("final", ["batch", 3]);
  return {
    graph: b.build(),
    classifiers: [
      { logits: "exit", weight: 0.3 },
      { logits: "final", weight: 1 },
    ],
    penalties: ["budget"],
    progress: "done",
    noise: [{ name: "u", shape: ["batch", HIDDEN] }],
    stop: ["rest"],
    report: { budget: "budget", kept: "kept", done: "done" },
  };
}

/** One step's outputs. */
export async function runStep(
  step: TrainingStep,
  ...feeds: readonly Readonly<Record<string, DenseTensor>>[]
): Promise<Readonly<Record<string, DenseTensor>>> {
  const session = await nodeEngine.open(step.graph, { threads: 1 });
  try {
    return await session.run(Object.assign({}, ...feeds));
  } finally {
    await session.release();
  }
}

export const dense = (dims: readonly number[], values: readonly number[]): DenseTensor => ({
  dtype: "float32",
  dims,
  data: Float32Array.from(values),
});

export const indices = (...labels: readonly number[]): DenseTensor => ({
  dtype: "int64",
  dims: [labels.length],
  data: BigInt64Array.from(labels, BigInt),
});

export const scalar = (tensor: DenseTensor | undefined) => Number(tensor!.data[0]);

/** Plain gradient descent at rate 1: what a step takes from the weights is the gradient. */
export const DESCENT = {
  optimizer: { name: "sgd", momentum: 0, nesterov: false, weightDecay: 0 },
  schedule: { name: "constant", learningRate: 1 },
} as const;

/** By name, of a step with `DESCENT`. */
export function gradientsOf(
  step: TrainingStep,
  before: Readonly<Record<string, DenseTensor>>,
  after: Readonly<Record<string, DenseTensor>>,
): Readonly<Record<string, readonly number[]>> {
  const [from, to] = [before.parameters!.data, after.parameters_next!.data];
  return Object.fromEntries(
    step.parameters.map(({ name, offset, size }) => [
      name,
      Array.from({ length: size }, (_, i) => Number(from[offset + i]) - Number(to[offset + i])),
    ]),
  );
}
