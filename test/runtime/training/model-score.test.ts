import { describe, expect, it } from "vitest";
import { tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { modelScore } from "../../../src/runtime/training/model-score.ts";
import { Trainer } from "../../../src/runtime/training/trainer.ts";
import { clouds, linearNetwork } from "./trainer-helpers.ts";

const data = clouds(40);

/** Logits (-4 x, 4 x) of the first feature. */
function fixed(metadata: Graph["metadata"] = {}): Graph {
  const graph = linearNetwork(2, 2);
  const initializers = new Map(graph.initializers);
  initializers.set("w", tensorOf("float32", [2, 2], [-4, 4, 0, 0]));
  return { ...graph, initializers, metadata };
}

/** By hand, of samples (x - mean) / std. */
function expected(mean: number, std: number) {
  const { samples, labels, count } = data.test!;
  let loss = 0;
  let correct = 0;
  for (let i = 0; i < count; i++) {
    const z = (samples[2 * i]! - mean) / std;
    const margin = labels[i] === 1 ? 8 * z : -8 * z;
    loss += Math.log1p(Math.exp(-margin));
    if (margin > 0) correct++;
  }
  return { loss: loss / count, accuracy: correct / count };
}

describe("modelScore", () => {
  it("normalises as the file says, else by the training samples", async () => {
    const own = { "tidemark.mean": "[1, 0]", "tidemark.std": "[2, 1]" };
    const score = await modelScore(fixed(own), data);
    expect(score).toMatchObject({ split: "test", samples: 40, normalization: { from: "model" } });
    expect(score.loss).toBeCloseTo(expected(1, 2).loss, 5);
    expect(score.accuracy).toBe(expected(1, 2).accuracy);
    const { samples } = data.train;
    const xs = Array.from({ length: 40 }, (_, i) => samples[2 * i]!);
    const mean = xs.reduce((a, b) => a + b) / 40;
    const std = Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / 40);
    const plain = await modelScore(fixed(), data);
    expect(plain.normalization.from).toBe("data");
    expect(plain.loss).toBeCloseTo(expected(mean, std).loss, 5);
    expect(plain.accuracy).toBe(expected(mean, std).accuracy);
  });

  it.each([11, 12, 13])("scores a network of operator set %d", async (opset) => {
    const network = { ...fixed(), opsets: new Map([["", opset]]) };
    expect(await modelScore(network, data)).toEqual(await modelScore(fixed(), data));
  });

  it("gives what the training gave", async () => {
    const trainer = await Trainer.open(linearNetwork(2, 2), data, { epochs: 2, batch: 10 });
    while (!trainer.done) await trainer.advance();
    const score = await modelScore(trainer.trained(), data);
    const { loss, accuracy } = trainer.history.at(-1)!.test!;
    expect(score.accuracy).toBe(accuracy);
    expect(score.loss).toBeCloseTo(loss, 5);
    await trainer.close();
  });

  it("says what does not fit", async () => {
    const of = (metadata: Graph["metadata"], split?: "validation") =>
      modelScore(fixed(metadata), data, { title: "net.onnx", ...(split && { split }) });
    await expect(of({}, "validation")).rejects.toMatchObject({
      message: "clouds has no validation split",
      hint: "choose --split train or --split test",
    });
    await expect(of({ "tidemark.classes": '["right", "left"]' })).rejects.toThrow(
      /net.onnx was trained on other classes: its class 0 is right, that of clouds left/,
    );
    await expect(of({ "tidemark.mean": "[1]" })).rejects.toThrow(
      /net.onnx: its metadata tidemark.mean is \[1\]/,
    );
  });
});
