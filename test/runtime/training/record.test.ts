import { describe, expect, it } from "vitest";
import {
  engineVersion,
  parseRecord,
  type TrainingRecord,
  thisMachine,
} from "../../../src/runtime/training/record.ts";
import { recipe } from "../../../src/runtime/training/trainer-recipe.ts";

const record: TrainingRecord = {
  format: "tidemark-training",
  version: 1,
  complete: true,
  network: { name: "n", reference: "resnet-cifar", hash: "00", parameters: 12, weights: "draw" },
  data: {
    name: "d",
    reference: "d",
    sha256: "11",
    classes: ["a", "b"],
    shape: [2],
    counts: { train: 3 },
    skipped: 0,
    mean: [0, 0],
    std: [1, 1],
  },
  recipe: recipe({ epochs: 1 }),
  epochs: [
    {
      epoch: 1,
      train: { loss: 1, accuracy: 0.5 },
      learningRate: 0.1,
      seconds: 1,
      samplesPerSecond: 3,
      preparationShare: 0,
    },
  ],
  resumedAt: [1],
  machine: thisMachine(),
  versions: { tidemark: "0", engine: engineVersion(), node: process.version },
};

describe("the record", () => {
  it("reads back what was written, and says where it is none", () => {
    expect(parseRecord(JSON.stringify(record), "r.json")).toEqual(record);
    expect(() => parseRecord("{", "r.json")).toThrow(/r.json is no JSON/);
    expect(() => parseRecord(JSON.stringify({ ...record, version: 2 }), "r.json")).toThrow(
      /no record of a training: version/,
    );
    expect(record.versions.engine).toMatch(/^onnxruntime-node \d+\.\d+/);
  });
});
