/** Fresh weights: their distributions by role, and that they hang on the seed alone. */
import { describe, expect, it } from "vitest";
import { float32s } from "../../../src/graph/tensor.ts";
import { type TrainingStep, trainingStep } from "../../../src/runtime/training/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

const schedule = { name: "constant", learningRate: 0.1 } as const;
const step = trainingStep(buildNetwork("resnet-cifar", { depth: 8 }), { batch: 2, schedule });

function weights(of: TrainingStep, seed: number, name: string): Float32Array {
  const state = of.initialState(seed);
  const running = of.running.find((slot) => slot.name === name);
  const slot = running ?? of.parameters.find((s) => s.name === name)!;
  const flat = (running ? state.running : state.parameters)!.data as Float32Array;
  return flat.subarray(slot.offset, slot.offset + slot.size);
}

const deviation = (xs: Float32Array) => {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length);
};

describe("initial weights", () => {
  it("of convolutions are normal with deviation sqrt(2 / fan-out)", () => {
    // [64, 64, 3, 3]: fan-out 64 x 9; 36,864 draws, so that 2 % is over five standard errors.
    const w = weights(step, 1, "layer3.0.conv2.weight");
    expect(deviation(w) / Math.sqrt(2 / (64 * 9))).toBeCloseTo(1, 1.7);
    const beyond = w.filter((x) => Math.abs(x) > 2 * Math.sqrt(2 / (64 * 9))).length / w.length;
    expect(beyond).toBeGreaterThan(0.04);
    expect(beyond).toBeLessThan(0.051);
  });

  it("of linear layers are uniform within 1 / sqrt(fan-in)", () => {
    for (const name of ["fc.weight", "fc.bias"]) {
      const w = weights(step, 1, name);
      expect(Math.max(...w.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
    }
    expect(deviation(weights(step, 1, "fc.weight")) / (1 / 8 / Math.sqrt(3))).toBeCloseTo(1, 0.9);
  });

  it("of normalisations are one and zero", () => {
    const all = (name: string, value: number) =>
      expect(weights(step, 1, name).every((x) => x === value)).toBe(true);
    all("layer1.0.bn1.weight", 1);
    all("layer1.0.bn1.bias", 0);
    all("layer1.0.bn1.running_mean", 0);
    all("layer1.0.bn1.running_var", 1);
  });

  it("are the same for a seed and others for another, each tensor by itself", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => weights(step, seed, "conv1.weight"));
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    const deeper = trainingStep(buildNetwork("resnet-cifar", { depth: 14 }), {
      batch: 2,
      schedule,
    });
    expect(weights(deeper, 1, "conv1.weight")).toEqual(a);
    expect(weights(step, 1, "layer1.0.conv1.weight")).not.toEqual(
      weights(step, 1, "layer1.0.conv2.weight"),
    );
  });

  it("are those that are given, where any are", () => {
    const given = float32s([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const slot = step.parameters.find((s) => s.name === "fc.bias")!;
    const { parameters, momentum } = step.initialState(1, new Map([["fc.bias", given]]));
    const flat = parameters!.data as Float32Array;
    expect(Array.from(flat.subarray(slot.offset, slot.offset + 10))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect((momentum!.data as Float32Array).every((x) => x === 0)).toBe(true);
    expect(momentum!.data.length).toBe(flat.length);
  });
});
