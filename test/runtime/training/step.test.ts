import { afterAll, describe, expect, it } from "vitest";
import { float } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s, numbers } from "../../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../../src/graph/types.ts";
import { type DenseTensor, nodeEngine, type Session } from "../../../src/runtime/index.ts";
import {
  EVALUATION_OUTPUTS,
  evaluationGraph,
  stateAfter,
  type TrainingOptions,
  type TrainingState,
  type TrainingStep,
  trainedGraph,
  trainingStep,
} from "../../../src/runtime/training/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { decode, smallNet, tensors, vectors } from "./vectors.ts";

const open: Session[] = [];
afterAll(() => Promise.all(open.map((session) => session.release())));

async function session(graph: Graph): Promise<Session> {
  const opened = await nodeEngine.open(graph, { threads: 1 });
  open.push(opened);
  return opened;
}

function feed(index: number, form: TrainingOptions["labels"]): Record<string, DenseTensor> {
  const { images, labels, soft } = vectors.batches[index]!;
  const dense = (f: typeof images): DenseTensor => ({ dtype: "float32", ...decode(f) });
  return {
    input: dense(images),
    labels:
      form === "soft"
        ? dense(soft)
        : { dtype: "int64", dims: [labels.length], data: BigInt64Array.from(labels, BigInt) },
  };
}

const scalar = (tensor: DenseTensor | undefined) => Number(tensor!.data[0]);

/** Largest difference, relative to the largest magnitude. */
function difference(actual: Tensor, expected: Tensor): number {
  const [a, b] = [numbers(actual), numbers(expected)];
  expect(actual.dims).toEqual(expected.dims);
  let worst = 0;
  let largest = 1e-6;
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return worst / largest;
}

describe("a training step", () => {
  it.each(Object.keys(vectors.cases))("equals PyTorch's: %s", async (name) => {
    const { options, steps, weights, averaged } = vectors.cases[name]!;
    const step = trainingStep(smallNet(), { ...options, batch: 4 });
    const run = await session(step.graph);
    let state = step.initialState(0, tensors(vectors.first));
    for (const [i, expected] of steps.entries()) {
      const out = await run.run({ ...feed(i, options.labels), ...state });
      expect(scalar(out.loss)).toBeCloseTo(expected.loss, 4);
      expect(scalar(out.correct)).toBe(expected.correct);
      expect(scalar(out.gradient_norm) / expected.gradientNorm).toBeCloseTo(1, 4);
      expect(scalar(out.learning_rate) / expected.learningRate).toBeCloseTo(1, 5);
      expect(scalar(out.finite)).toBe(1);
      state = stateAfter(step, out);
    }
    expect(state.step!.data[0]).toBe(BigInt(steps.length));
    const check = (graph: Graph, reference: ReadonlyMap<string, Tensor>) => {
      expect(reference.size).toBe(step.parameters.length + step.running.length);
      for (const [key, tensor] of reference)
        expect(difference(graph.initializers.get(key)!, tensor), key).toBeLessThan(5e-5);
    };
    check(trainedGraph(step, state), tensors(weights));
    if (averaged !== undefined) check(trainedGraph(step, state, "averaged"), tensors(averaged));
  });

  it("keeps the batch's statistics alone where a normalisation's momentum is 0", async () => {
    const builder = new GraphBuilder();
    const x = builder.input("input", ["batch", 2]);
    const scale = builder.initializer("scale", float32s([1, 1]));
    const rest = [
      ["bias", 0],
      ["mean", 3],
      ["var", 1],
    ] as const;
    const inputs = rest.map(([name, v]) => builder.initializer(name, float32s([v, v])));
    const attributes = { momentum: float(0) };
    const y = builder.add("BatchNormalization", [x, scale, ...inputs], attributes);
    builder.output(y, ["batch", 2]);
    const schedule = { name: "constant", learningRate: 0.1 } as const;
    const step = trainingStep(builder.build(), { batch: 4, schedule });
    const run = await session(step.graph);
    const state = step.initialState(0);
    const data = Float32Array.of(1, 0, 3, 8, 5, 4, 7, 4);
    const out = await run.run({
      input: { dtype: "float32", dims: [4, 2], data },
      labels: { dtype: "int64", dims: [4], data: BigInt64Array.of(0n, 1n, 0n, 1n) },
      ...state,
    });
    // Column 0 is 1, 3, 5, 7: mean 4, variance 5; column 1 is 0, 8, 4, 4: mean 4, variance 8.
    const [mean0, mean1, var0, var1] = out.running_next!.data as Float32Array;
    expect([mean0, mean1]).toEqual([4, 4]);
    expect(var0).toBeCloseTo((5 * 4) / 3, 4);
    expect(var1).toBeCloseTo((8 * 4) / 3, 4);
  });

  it("reports a loss that is no number", async () => {
    const step = trainingStep(smallNet(), {
      batch: 4,
      schedule: { name: "constant", learningRate: 0.1 },
    });
    const run = await session(step.graph);
    const state = step.initialState(1);
    const { input, labels } = feed(0, "indices");
    const bad = Float32Array.from(input!.data as Float32Array);
    bad[5] = Number.NaN;
    const out = await run.run({ input: { ...input!, data: bad }, labels: labels!, ...state });
    expect(scalar(out.finite)).toBe(0);
  });

  it("trains a network that ends with a softmax by its logits", async () => {
    const options = { batch: 4, schedule: { name: "constant", learningRate: 0.1 } } as const;
    const losses = await Promise.all(
      (["logits", "softmax"] as const).map(async (end) => {
        const step = trainingStep(smallNet(end), options);
        const run = await session(step.graph);
        return scalar((await run.run({ ...feed(0, "indices"), ...step.initialState(3) })).loss);
      }),
    );
    expect(losses[1]).toBe(losses[0]);
  });

  it("is the same, bit for bit, when it is run again with one thread", async () => {
    const step = trainingStep(smallNet(), {
      batch: 4,
      schedule: { name: "cosine", learningRate: 0.1, steps: 10 },
    });
    const run = await session(step.graph);
    const twice = await Promise.all(
      [1, 2].map(async () => {
        let state = step.initialState(5);
        for (let i = 0; i < 3; i++)
          state = stateAfter(step, await run.run({ ...feed(i, "indices"), ...state }));
        return state.parameters!.data;
      }),
    );
    expect(twice[1]).toEqual(twice[0]);
  });

  it("learns a batch by heart, with batch normalization as nodes and folded", async () => {
    for (const batchNorm of ["nodes", "folded"]) {
      const network = buildNetwork("resnet-cifar", { depth: 8, resolution: 8, batchNorm });
      const step = trainingStep(network, {
        batch: 4,
        optimizer: { name: "adamw" },
        schedule: { name: "constant", learningRate: 3e-3 },
      });
      expect(step.running.length > 0).toBe(batchNorm === "nodes");
      const run = await session(step.graph);
      let state: TrainingState = step.initialState(0);
      let out: Record<string, DenseTensor> = {};
      for (let i = 0; i < 40; i++) {
        out = await run.run({ ...feed(0, "indices"), ...state });
        state = stateAfter(step, out);
      }
      expect(scalar(out.loss)).toBeLessThan(0.1);
      expect(scalar(out.correct)).toBe(4);
    }
  });

  it("keeps names apart where the network uses the step's own", async () => {
    const network = smallNet();
    const renamed: Graph = {
      ...network,
      nodes: network.nodes.map((node, i) => ({
        ...node,
        inputs: node.inputs.map((n) => (n === network.nodes[0]!.outputs[0] ? "loss" : n)),
        outputs: i === 0 ? ["loss"] : node.outputs,
      })),
    };
    const options = { batch: 4, schedule: { name: "constant", learningRate: 0.1 } } as const;
    const losses = await Promise.all(
      [network, renamed].map(async (graph) => {
        const step = trainingStep(graph, options);
        const run = await session(step.graph);
        return scalar((await run.run({ ...feed(0, "indices"), ...step.initialState(3) })).loss);
      }),
    );
    expect(losses[1]).toBe(losses[0]);
  });

  it("trains only the weights that are named", async () => {
    const step = trainingStep(smallNet(), {
      batch: 4,
      parameters: ["fc.weight", "fc.bias"],
      schedule: { name: "constant", learningRate: 0.1 },
    });
    expect(step.parameterNames).toEqual(["fc.weight", "fc.bias"]);
    const run = await session(step.graph);
    const state = step.initialState(0);
    const next = stateAfter(step, await run.run({ ...feed(0, "indices"), ...state }));
    const trained = trainedGraph(step, next);
    const before = smallNet().initializers;
    expect(numbers(trained.initializers.get("conv1.weight")!)).toEqual(
      numbers(before.get("conv1.weight")!),
    );
    expect(numbers(trained.initializers.get("fc.weight")!)).not.toEqual(
      numbers(before.get("fc.weight")!),
    );
  });
});

describe("running statistics", () => {
  it("are kept apart where the file shares one tensor between two normalisations", async () => {
    const plain = buildNetwork("resnet-cifar", { depth: 8, resolution: 8 });
    const first = plain.nodes.find((node) => node.op === "BatchNormalization")!;
    const [mean, variance] = first.inputs.slice(3) as [string, string];
    const size = plain.initializers.get(mean)!.dims[0];
    const share = (name: string, by: string) =>
      plain.initializers.get(name)!.dims[0] === size ? by : name;
    const shared: Graph = {
      ...plain,
      nodes: plain.nodes.map((node) =>
        node.op === "BatchNormalization"
          ? {
              ...node,
              inputs: node.inputs.map((n, i) =>
                i === 3 ? share(n, mean) : i === 4 ? share(n, variance) : n,
              ),
            }
          : node,
      ),
    };
    const run = async (network: Graph) => {
      const step = trainingStep(network, {
        batch: 4,
        schedule: { name: "constant", learningRate: 0.1 },
      });
      const opened = await session(step.graph);
      const out = await opened.run({ ...feed(0, "indices"), ...step.initialState(0) });
      return stateAfter(step, out).running!.data;
    };
    expect(await run(shared)).toEqual(await run(plain));
  });
});

describe("evaluation", () => {
  it("gives loss and hits of a batch of any size, as the step's own network in inference form", async () => {
    const step = trainingStep(smallNet(), {
      batch: 4,
      schedule: { name: "constant", learningRate: 0.1 },
    });
    const network = trainedGraph(step, step.initialState(0, tensors(vectors.first)));
    const run = await session(evaluationGraph(network));
    const plain = await session(network);
    for (const count of [4, 3]) {
      const { input, labels } = feed(1, "indices");
      const images: DenseTensor = {
        dtype: "float32",
        dims: [count, 3, 8, 8],
        data: (input!.data as Float32Array).slice(0, count * 192),
      };
      const wanted = Array.from((labels!.data as BigInt64Array).slice(0, count), Number);
      const out = await run.run({
        input: images,
        labels: { dtype: "int64", dims: [count], data: BigInt64Array.from(wanted, BigInt) },
      });
      const logits = Object.values(await plain.run({ input: images }))[0]!.data as Float32Array;
      let loss = 0;
      let correct = 0;
      for (const [i, label] of wanted.entries()) {
        const row = Array.from(logits.slice(5 * i, 5 * i + 5));
        loss += Math.log(row.reduce((s, x) => s + Math.exp(x), 0)) - row[label]!;
        if (row.indexOf(Math.max(...row)) === label) correct++;
      }
      expect(scalar(out[EVALUATION_OUTPUTS.lossSum])).toBeCloseTo(loss, 4);
      expect(scalar(out[EVALUATION_OUTPUTS.correct])).toBe(correct);
    }
  });
});

describe("refusals", () => {
  const schedule = { name: "constant", learningRate: 0.1 } as const;
  const cases: readonly [string, () => TrainingStep, RegExp][] = [
    ["a batch of none", () => trainingStep(smallNet(), { batch: 0, schedule }), /batch = 0/],
    [
      "a schedule that does not exist",
      () => trainingStep(smallNet(), { batch: 2, schedule: { name: "cosin" } as never }),
      /no schedule is named cosin/,
    ],
    [
      "a smoothing of all",
      () => trainingStep(smallNet(), { batch: 2, schedule, labelSmoothing: 1 }),
      /labelSmoothing = 1/,
    ],
    [
      "a rise that takes all steps",
      () =>
        trainingStep(smallNet(), {
          batch: 2,
          schedule: { name: "cosine", learningRate: 0.1, steps: 5, warmup: 5 },
        }),
      /leaves nothing of 5/,
    ],
    [
      "unknown weights to train",
      () => trainingStep(smallNet(), { batch: 2, schedule, parameters: ["fc.wieght"] }),
      /no weights named fc.wieght/,
    ],
    [
      "a network without a row of logits a sample",
      () => {
        const network = smallNet();
        const features = network.nodes[0]!.outputs[0]!;
        const outputs = [{ name: features, dtype: "float32", shape: undefined } as const];
        return trainingStep({ ...network, outputs }, { batch: 2, schedule });
      },
      /expected float32 \[2, classes\]/,
    ],
    [
      "statistics of one value a channel",
      () => {
        const builder = new GraphBuilder();
        const vector = () => builder.initializer(`v${n++}`, float32s([1, 1, 1]));
        let n = 0;
        const x = builder.input("input", ["batch", 3]);
        const inputs = [x, vector(), vector(), vector(), vector()];
        builder.output(builder.add("BatchNormalization", inputs), ["batch", 3]);
        return trainingStep(builder.build(), { batch: 1, schedule });
      },
      /one value a channel has no variance/,
    ],
  ];
  it.each(cases)("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("averaged weights where none are kept", () => {
    const step = trainingStep(smallNet(), { batch: 2, schedule });
    expect(() => trainedGraph(step, step.initialState(0), "averaged")).toThrow(
      /no average is kept/,
    );
  });

  it("weights of another shape, and unknown ones", () => {
    const step = trainingStep(smallNet(), { batch: 2, schedule });
    const bias = smallNet().initializers.get("fc.bias")!;
    expect(() => step.initialState(0, new Map([["fc.weight", bias]]))).toThrow(
      /fc.weight are float32 \[5\], expected float32 \[5, 24\]/,
    );
    expect(() => step.initialState(0, new Map([["fc.bais", bias]]))).toThrow(
      /no weights named fc.bais/,
    );
  });
});
