import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/runtime/data/index.ts";
import { folderOf, refusal, tarOf } from "./helpers.ts";

/** Records with these label bytes before images filled with `fill`. */
const records = (labels: readonly (readonly number[])[], fill: number) =>
  Buffer.concat(labels.map((l, i) => Buffer.from([...l, ...new Uint8Array(3072).fill(fill + i)])));
const NAMES = ["airplane", "automobile", "bird"];
const ten = {
  "cifar-10-batches-bin/data_batch_1.bin": records([[0], [1]], 10),
  "cifar-10-batches-bin/data_batch_2.bin": records([[2], [0]], 20),
  "cifar-10-batches-bin/test_batch.bin": records([[1], [2], [0]], 30),
  "cifar-10-batches-bin/batches.meta.txt": `${NAMES.join("\n")}\n\n`,
  "cifar-10-batches-bin/readme.html": "<html>",
};

describe("CIFAR binary", () => {
  it("reads CIFAR-10's batches in order, from a folder and from the archive", async () => {
    const folder = folderOf(ten);
    for (const path of [folder, `${folder}/cifar-10-batches-bin`, tarOf(folder)]) {
      const set = await readDataset(path);
      expect(set.classes).toEqual(NAMES);
      expect(set.train).toMatchObject({ shape: [3, 32, 32], count: 4 });
      expect([...set.train.labels]).toEqual([0, 1, 2, 0]);
      expect([0, 1, 2, 3].map((i) => set.train.samples[3072 * i + 3071])).toEqual([10, 11, 20, 21]);
      expect([...set.test!.labels]).toEqual([1, 2, 0]);
    }
  });

  it("takes CIFAR-100's fine or coarse labels", async () => {
    const folder = folderOf({
      "train.bin": records(
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        0,
      ),
      "test.bin": records(
        [
          [0, 2],
          [1, 0],
          [1, 1],
        ],
        0,
      ),
      "fine_label_names.txt": "apple\nbaby\nbear\n",
      "coarse_label_names.txt": "animal\nfruit\n",
    });
    const fine = await readDataset(folder);
    expect([fine.classes, [...fine.train.labels]]).toEqual([
      ["apple", "baby", "bear"],
      [0, 2, 1],
    ]);
    const coarse = await readDataset(folder, { labels: "coarse" });
    expect([coarse.classes, [...coarse.train.labels]]).toEqual([
      ["animal", "fruit"],
      [1, 0, 1],
    ]);
  });

  it.each([
    [
      "cut off",
      { "cifar-10-batches-bin/data_batch_2.bin": records([[2], [0]], 0).subarray(0, 6000) },
      /data_batch_2.bin has 6000 bytes, not a multiple of 3073: 1 images and 2927/,
    ],
    [
      "range",
      { "cifar-10-batches-bin/data_batch_2.bin": records([[2], [7]], 0) },
      /label 7 of sample 3 in train is out of range: 3 classes/,
    ],
    [
      "missing",
      { "cifar-10-batches-bin/test_batch.bin": records([[1], [2]], 0) },
      /test has no sample of class airplane/,
    ],
    [
      "empty",
      { "cifar-10-batches-bin/test_batch.bin": Buffer.alloc(0) },
      /test_batch.bin has 0 bytes/,
    ],
  ])("refuses: %s", async (_, changes, message) => {
    const error = await refusal(() => readDataset(folderOf({ ...ten, ...changes })));
    expect(error.message).toMatch(message);
  });

  it("is found in the folder that the archive was saved in, and says what is missing", async () => {
    const archive = tarOf(folderOf(ten));
    const around = folderOf({ "README.md": "about", "cifar10/set.tar.gz": readFileSync(archive) });
    const set = await readDataset(around);
    expect(set.train.count).toBe(4);
    expect(set.notes).toEqual([expect.stringContaining("holds 2 of the 5 files of CIFAR-10")]);
    const two = folderOf({ "a.tar.gz": readFileSync(archive), "b.tar.gz": readFileSync(archive) });
    expect((await refusal(() => readDataset(two))).message).toContain(
      "no data set of a known format",
    );
    const coarse = await refusal(() => readDataset(archive, { labels: "coarse" }));
    expect(coarse).toMatchObject({ exitCode: 2 });
    expect(coarse.message).toContain("--coarse is for CIFAR-100 binary, not for CIFAR-10 binary");
  });

  it("knows the Python version when it sees it", async () => {
    const error = await refusal(() =>
      readDataset(folderOf({ data_batch_1: "\u0080\u0002}q", test_batch: "" })),
    );
    expect(error.message).toContain("Python version");
    expect(error.hint).toContain("cifar-10-binary.tar.gz");
  });
});
