import { beforeAll, describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { numbers, tensorOf } from "../../../src/graph/tensor.ts";
import { type Dataset, openDataset } from "../../../src/runtime/data/index.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import { type Snapshot, Trainer } from "../../../src/runtime/training/trainer.ts";
import { fitNetwork } from "../../../src/runtime/training/trainer-network.ts";
import type { RecipeOptions } from "../../../src/runtime/training/trainer-recipe.ts";
import { withInputChannels } from "../../../src/runtime/training/zoo-network.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { clouds, linearNetwork, smallNetwork } from "./trainer-helpers.ts";

let tiny: Dataset;
beforeAll(async () => {
  tiny = await openDataset("fashion-mnist-tiny");
});

const one = { threads: 1 } as const;

async function trained(recipe: RecipeOptions, dataset = tiny) {
  const trainer = await Trainer.open(smallNetwork(dataset), dataset, recipe, one);
  while (!trainer.done) await trainer.advance();
  return trainer;
}

const bytesOf = ({ state }: Snapshot) =>
  Object.fromEntries(
    Object.entries(state).map(([name, t]) => [
      name,
      Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength).toString("base64"),
    ]),
  );

describe("Trainer", () => {
  it("learns: the loss falls and the test accuracy rises well above chance", async () => {
    const trainer = await trained({ epochs: 4, batch: 25, learningRate: 0.1 });
    const { history } = trainer;
    expect(history.map((m) => m.epoch)).toEqual([1, 2, 3, 4]);
    expect(history[3]!.train.loss).toBeLessThan(0.7 * history[0]!.train.loss);
    expect(history[3]!.test!.accuracy).toBeGreaterThan(0.45);
    expect(trainer.progress).toMatchObject({ step: 80, steps: 80, secondsLeft: 0 });
    await trainer.close();
  });

  it("goes on from a snapshot in the middle of an epoch to the very same state", async () => {
    const recipe: RecipeOptions = {
      epochs: 2,
      batch: 50,
      optimizer: "adamw",
      schedule: "cosine",
      warmup: 0.5,
      labelSmoothing: 0.1,
      clipNorm: 1,
      emaDecay: 0.9,
      augment: { crop: 2, flip: 0.5, cutout: 6, mixup: 0.2 },
      seed: 3,
      validation: 0.2,
    };
    const straight = await trained(recipe);
    const first = await Trainer.open(smallNetwork(tiny), tiny, recipe, one);
    await first.advance({ steps: 5 });
    const snapshot = first.snapshot();
    const kept = bytesOf(snapshot);
    await first.advance({ steps: 2 });
    expect(bytesOf(snapshot)).toEqual(kept);
    const second = await Trainer.open(smallNetwork(tiny), tiny, recipe, one);
    second.restore(snapshot);
    expect(second.stepsDone).toBe(5);
    while (!second.done) await second.advance({ steps: 3 });
    expect(bytesOf(second.snapshot())).toEqual(bytesOf(straight.snapshot()));
    const scores = (t: Trainer) =>
      t.history.map(({ train, validation }) => ({ train, validation }));
    expect(scores(second)).toEqual(scores(straight));
    expect(straight.counts).toEqual({ train: 400, validation: 100, test: 200 });
    const other = await trained({ ...recipe, seed: 4 });
    expect(bytesOf(other.snapshot())).not.toEqual(bytesOf(straight.snapshot()));
    for (const t of [straight, first, second, other]) await t.close();
  });

  it("evaluates as one would by hand on the network that it gives back", async () => {
    const trainer = await trained({ epochs: 1, batch: 50 });
    const graph = trainer.trained();
    expect(JSON.parse(graph.metadata["tidemark.classes"]!)).toEqual(tiny.classes);
    const mean = JSON.parse(graph.metadata["tidemark.mean"]!)[0];
    const std = JSON.parse(graph.metadata["tidemark.std"]!)[0];
    const session = await nodeEngine.open(graph, one);
    const { samples, labels, count } = tiny.test!;
    const data = Float32Array.from(samples, (v) => (v / 255 - mean) / std);
    const outputs = await session.run({
      input: { dtype: "float32", dims: [count, 1, 28, 28], data },
    });
    const logits = Object.values(outputs)[0]!.data as Float32Array;
    let loss = 0;
    let hits = 0;
    for (let i = 0; i < count; i++) {
      const row = Array.from(logits.subarray(10 * i, 10 * i + 10));
      const top = Math.max(...row);
      loss += top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0)) - row[labels[i]!]!;
      if (row.indexOf(top) === labels[i]) hits++;
    }
    const score = await trainer.evaluate("test");
    expect(score.accuracy).toBeCloseTo(hits / count, 10);
    expect(score.loss).toBeCloseTo(loss / count, 4);
    await expect(trainer.evaluate("validation")).rejects.toThrow(/no validation split/);
    await session.release();
    await trainer.close();
  });

  it("trains tables too, from the network's own weights where asked", async () => {
    const dataset = clouds(200);
    const network = linearNetwork(2, 2);
    const recipe = { epochs: 10, batch: 20, learningRate: 0.3, schedule: "constant" as const };
    const trainer = await Trainer.open(network, dataset, recipe, { ...one, weights: "keep" });
    expect((await trainer.evaluate("test")).loss).toBeCloseTo(Math.log(2), 5);
    while (!trainer.done) await trainer.advance();
    expect((await trainer.evaluate("test")).accuracy).toBe(1);
    await trainer.close();
  });

  it("evaluates as often as it is asked to, and at the end", async () => {
    const recipe = { epochs: 5, batch: 20, evaluateEvery: 2 };
    const trainer = await Trainer.open(linearNetwork(2, 2), clouds(40), recipe, one);
    while (!trainer.done) await trainer.advance();
    const evaluated = trainer.history.map((m) => m.test !== undefined);
    expect(evaluated).toEqual([false, true, false, true, true]);
    await trainer.close();
  });

  it("splits what has no test split of its own", async () => {
    const { test: _, ...alone } = tiny;
    const recipe = { epochs: 1, batch: 10, validation: 0.1, test: 0.2 };
    const trainer = await Trainer.open(smallNetwork(tiny), alone, recipe, one);
    // 50 of each class: 10 for the test, then 4 of 40 to validate on.
    expect(trainer.counts).toEqual({ train: 360, validation: 40, test: 100 });
    await trainer.close();
  });

  it("stops where the loss is no longer a number, with the state before that step", async () => {
    const recipe = { epochs: 2, batch: 50, learningRate: 1e12, schedule: "constant" as const };
    const trainer = await Trainer.open(smallNetwork(tiny), tiny, recipe, one);
    const run = async () => {
      while (!trainer.done) await trainer.advance({ steps: 1 });
    };
    await expect(run()).rejects.toThrow(
      /training stopped: .* at step \d+ of 20 \(epoch 1, step \d+ of 10, learning rate 1\.00e\+12\)/,
    );
    const { state } = trainer.snapshot();
    expect(Array.from(state.parameters!.data as Float32Array).every(Number.isFinite)).toBe(true);
    expect(Number(state.step!.data[0])).toBe(trainer.stepsDone);
    await trainer.close();
  });

  it("refuses a snapshot of another training", async () => {
    const a = await Trainer.open(linearNetwork(2, 2), clouds(20), { epochs: 1, batch: 5 }, one);
    const b = await Trainer.open(smallNetwork(tiny), tiny, { epochs: 1, batch: 50 }, one);
    expect(() => b.restore(a.snapshot())).toThrow(
      /the state parameters is float32 \[6\], this training has/,
    );
    await a.close();
    await b.close();
  });
});

describe("networks and data", () => {
  it("are refused together with both shapes named", () => {
    const colour = buildNetwork("resnet-cifar", { depth: 8 });
    expect(() => fitNetwork(colour, tiny)).toThrow(
      /takes input of \[batch, 3, 32, 32\], samples of fashion-mnist-tiny are 1x28x28/,
    );
    const many = withInputChannels(
      buildNetwork("resnet-cifar", { depth: 8, resolution: 28, classes: 100 }),
      1,
    );
    expect(() => fitNetwork(many, tiny)).toThrow(
      /\[batch, 100\], fashion-mnist-tiny has 10 classes/,
    );
    expect(() => fitNetwork(linearNetwork(3, 2), clouds(4))).toThrow(
      /\[batch, 3\], samples of clouds are 2 features/,
    );
    expect(() => smallNetwork(clouds(4))).toThrow(
      /takes square images, samples of clouds are 2 features/,
    );
  });

  it("are refused by the operator that leaves the logits without a known shape", () => {
    const linear = linearNetwork(2, 2);
    const logits = { name: "logits", dtype: "float32", shape: undefined } as const;
    const own = { domain: "own", attributes: {}, inputs: ["x"], outputs: ["y"] };
    const custom = { ...own, name: "odd", op: "Odd" };
    const after = { ...custom, name: "flat", op: "Relu", domain: "" };
    const nodes = [custom, { ...after, inputs: ["y"], outputs: ["logits"] }];
    const graph = { ...linear, name: "net.onnx", nodes, outputs: [logits] };
    expect(() => fitNetwork(graph, clouds(4))).toThrow(
      "net.onnx: the shape of its output logits is not known, since that of odd (Odd) is not",
    );
  });

  it("give grey images what three equal channels gave", async () => {
    const colour = buildNetwork("resnet-cifar", { depth: 8, resolution: 8 });
    const grey = withInputChannels(colour, 1);
    const image = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const run = async (graph: typeof colour, channels: number) => {
      const session = await nodeEngine.open(graph, one);
      const data = Float32Array.from({ length: channels * 64 }, (_, i) => image[i % 64]!);
      const outputs = await session.run({
        input: { dtype: "float32", dims: [1, channels, 8, 8], data },
      });
      await session.release();
      return [...(Object.values(outputs)[0]!.data as Float32Array)];
    };
    const [a, b] = [await run(colour, 3), await run(grey, 1)];
    for (const [i, v] of a.entries()) expect(b[i]).toBeCloseTo(v, 4);
  });

  it("leave files of the user's own as they are", async () => {
    const network = linearNetwork(2, 2);
    const fixed = { ...network, inputs: [{ ...network.inputs[0]!, shape: [1, 2] }] };
    const trainer = await Trainer.open(fixed, clouds(20), { epochs: 1, batch: 5 }, one);
    await trainer.advance();
    const out = trainer.trained();
    expect(out.inputs).toEqual(fixed.inputs);
    expect(out.outputs).toEqual(fixed.outputs);
    expect(out.initializers.get("w")!.bytes).not.toEqual(
      tensorOf("float32", [2, 2], [0, 0, 0, 0]).bytes,
    );
    await trainer.close();
  });
});

/** Two normalisations as PyTorch exports them: what was equal at export is stored once. */
function sharedStatistics() {
  const builder = new GraphBuilder({ name: "torch_jit" });
  const x = builder.input("x", ["batch", 2]);
  const tensor = (name: string, dims: number[], values: number[]) =>
    builder.initializer(name, tensorOf("float32", dims, values));
  const [ones, zeros] = [tensor("ones", [2], [1, 1]), tensor("zeros", [2], [0, 0])];
  const copy = (of: string, name: string) => builder.add("Identity", [of], {}, { outputs: [name] });
  const first = builder.add("BatchNormalization", [
    x,
    copy(ones, "bn1.weight"),
    copy(zeros, "bn1.bias"),
    copy(zeros, "bn1.running_mean"),
    copy(ones, "bn1.running_var"),
  ]);
  const hidden = builder.add("Gemm", [first, tensor("w", [2, 2], [1, 2, 3, -4])]);
  const second = builder.add("BatchNormalization", [
    hidden,
    copy(ones, "bn2.weight"),
    copy(zeros, "bn2.bias"),
    copy(zeros, "bn2.running_mean"),
    copy(ones, "bn2.running_var"),
  ]);
  builder.output(second, ["batch", 2]);
  return builder.build();
}

describe("a network whose tensors were stored once", () => {
  it("learns each of its own, running statistics too", async () => {
    const data = clouds(40);
    const recipe = { epochs: 3, batch: 10 } as const;
    const trainer = await Trainer.open(sharedStatistics(), data, recipe, {
      ...one,
      weights: "keep",
      title: "net.onnx",
    });
    // Two weights and biases of normalisations, the matrix.
    expect(trainer.parameterCount).toBe(12);
    while (!trainer.done) await trainer.advance();
    const { name, initializers } = trainer.trained();
    expect(name).toBe("torch_jit");
    const values = (of: string) => numbers(initializers.get(of)!);
    expect(values("bn1.running_var")).not.toEqual(values("bn2.running_var"));
    expect(values("bn2.running_var")).not.toEqual([1, 1]);
    await trainer.close();
    const wide = { ...data, train: { ...data.train, shape: [1, 2] } };
    const opening = Trainer.open(sharedStatistics(), wide, recipe, { title: "net.onnx" });
    await expect(opening).rejects.toThrow(/^net.onnx takes x of \[batch, 2\]/);
  });
});
