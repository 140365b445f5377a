import { describe, expect, it } from "vitest";
import { type Dataset, datasetHash, inspectDataset } from "../../../src/runtime/data/index.ts";

const set = (rows: readonly (readonly number[])[], labels: readonly number[]) => ({
  samples: Uint8Array.from(rows.flat()),
  shape: [1, 1, 2],
  count: rows.length,
  labels: Int32Array.from(labels),
});
const dataset: Dataset = {
  name: "d",
  classes: ["a", "b"],
  train: set(
    [
      [1, 2],
      [3, 4],
      [1, 2],
    ],
    [0, 1, 0],
  ),
  test: set(
    [
      [2, 1],
      [3, 4],
      [1, 2],
    ],
    [0, 0, 1],
  ),
  skipped: [],
};

describe("inspectDataset", () => {
  it("counts classes and finds samples that are in both splits", () => {
    const { splits, leaks } = inspectDataset(dataset);
    expect(splits).toEqual([
      { split: "train", count: 3, perClass: [2, 1], repeated: 1 },
      { split: "test", count: 3, perClass: [2, 1], repeated: 0 },
    ]);
    expect(leaks).toEqual([
      { split: "test", index: 1, trainIndex: 1, label: "a", trainLabel: "b" },
      { split: "test", index: 2, trainIndex: 0, label: "b", trainLabel: "a" },
    ]);
  });
});

describe("datasetHash", () => {
  it("changes with a sample, a label, a class or a split, not with the name", () => {
    const hash = datasetHash(dataset);
    expect(datasetHash({ ...dataset, name: "other" })).toBe(hash);
    const { test: _, ...alone } = dataset;
    const others: Dataset[] = [
      alone,
      { ...dataset, classes: ["a", "c"] },
      {
        ...dataset,
        train: set(
          [
            [1, 2],
            [3, 5],
            [1, 2],
          ],
          [0, 1, 0],
        ),
      },
      {
        ...dataset,
        train: set(
          [
            [1, 2],
            [3, 4],
            [1, 2],
          ],
          [0, 1, 1],
        ),
      },
      { ...dataset, train: dataset.test!, test: dataset.train },
    ];
    expect(new Set([hash, ...others.map(datasetHash)]).size).toBe(6);
  });
});
