import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openDataset, readDataset } from "../../../src/runtime/data/index.ts";
import { fashionMnistPath } from "../../shared.ts";
import { folderOf, idxFile, refusal } from "./helpers.ts";

const bytes = (n: number) => Array.from({ length: n }, (_, i) => (7 * i) % 256);
const pair = (prefix: string, labels: readonly number[]) => ({
  [`${prefix}-images-idx3-ubyte`]: idxFile([labels.length, 2, 3], bytes(6 * labels.length)),
  [`${prefix}-labels-idx1-ubyte`]: idxFile([labels.length], labels),
});

describe("IDX", () => {
  it("reads pairs of train and test, plain and gzipped", async () => {
    const files = { ...pair("train", [0, 1, 2, 1]), ...pair("t10k", [2, 1, 0]) };
    const packed = Object.fromEntries(
      Object.entries(files).map(([name, content]) => [`${name}.gz`, gzipSync(content)]),
    );
    for (const folder of [folderOf(files), folderOf(packed)]) {
      const set = await readDataset(folder);
      expect(set.classes).toEqual(["0", "1", "2"]);
      expect(set.train).toMatchObject({ shape: [1, 2, 3], count: 4 });
      expect([...set.train.samples]).toEqual(bytes(24));
      expect([...set.train.labels]).toEqual([0, 1, 2, 1]);
      expect([...set.test!.labels]).toEqual([2, 1, 0]);
    }
  });

  it("reads one file of images with the labels beside it, names of classes, and floats", async () => {
    const floats = Buffer.alloc(8);
    floats.writeFloatBE(0.5, 0);
    floats.writeFloatBE(-2.25, 4);
    const folder = folderOf({
      ...pair("a-train", [0, 1]),
      "b-train-images-idx3-ubyte": idxFile([2, 1, 1], floats, 13),
      "b-train-labels-idx1-ubyte": idxFile([2], [1, 0]),
      "classes.txt": "shoe\nbag\n",
    });
    const set = await readDataset(join(folder, "b-train-images-idx3-ubyte"));
    expect(set.classes).toEqual(["shoe", "bag"]);
    expect([...set.train.samples]).toEqual([0.5, -2.25]);
    const both = await refusal(() => readDataset(folder));
    expect(both.message).toContain("a-train-images-idx3-ubyte and b-train-images-idx3-ubyte");
  });

  it("ships the first images of Fashion-MNIST's files, class by class", async () => {
    const tiny = await openDataset("fashion-mnist-tiny");
    expect(tiny.train).toMatchObject({ count: 500, shape: [1, 28, 28] });
    expect(tiny.test).toMatchObject({ count: 200 });
    expect(tiny.classes[9]).toBe("Ankle boot");
    const whole = fashionMnistPath();
    if (whole === undefined) return;
    const raw = gunzipSync(readFileSync(join(whole, "train-images-idx3-ubyte.gz"))).subarray(16);
    const labels = gunzipSync(readFileSync(join(whole, "train-labels-idx1-ubyte.gz"))).subarray(8);
    const taken = new Map<number, number>();
    const chosen = [...labels.keys()].filter((i) => {
      const n = taken.get(labels[i]!) ?? 0;
      taken.set(labels[i]!, n + 1);
      return n < 50;
    });
    expect([...tiny.train.labels]).toEqual(chosen.map((i) => labels[i]));
    const expected = Buffer.concat(chosen.map((i) => raw.subarray(784 * i, 784 * (i + 1))));
    expect(Buffer.compare(tiny.train.samples as Uint8Array, expected)).toBe(0);
  });

  it.each([
    [
      "cut off",
      { "train-images-idx3-ubyte": idxFile([3, 2, 3], bytes(17)) },
      /33 bytes|34 for 3x2x3/,
    ],
    [
      "longer",
      { "train-images-idx3-ubyte": idxFile([3, 2, 3], bytes(19)) },
      /longer than its header/,
    ],
    ["counts", { "train-labels-idx1-ubyte": idxFile([2], [0, 1]) }, /3 images in .*2 labels in/],
    ["no labels", { "train-labels-idx1-ubyte": undefined }, /images \(.*\) but no labels/],
    [
      "a gap",
      { "train-labels-idx1-ubyte": idxFile([3], [0, 2, 2]) },
      /train has no sample of class 1/,
    ],
    [
      "a stray label",
      { "train-labels-idx1-ubyte": idxFile([3], [0, 1, 200]) },
      /sample 2 in train has label 200, but no sample is labelled 2 to 199/,
    ],
    [
      "range",
      { "classes.txt": "a\nb\n", "train-labels-idx1-ubyte": idxFile([3], [0, 1, 2]) },
      /label 2 of sample 2 in train is out of range: 2 classes/,
    ],
    [
      "test range",
      pair("t10k", [0, 1, 3]),
      /label 3 of sample 2 in test is out of range: 3 classes/,
    ],
    ["test lacks", pair("t10k", [0, 2]), /test has no sample of class 1 \(3 classes, 2 samples\)/],
    [
      "shapes",
      { ...pair("t10k", [0, 1, 2]), "t10k-images-idx3-ubyte": idxFile([3, 2, 2], bytes(12)) },
      /1x2x3 in train, 1x2x2 in test/,
    ],
    ["no IDX", { "train-images-idx3-ubyte": "PK\u0003\u0004 zip" }, /begins with 50 4b 03 04/],
    [
      "gzip",
      { "train-images-idx3-ubyte": gzipSync(idxFile([3, 2, 3], bytes(18))).subarray(0, 30) },
      /is damaged: unexpected end of file/,
    ],
    ["one class", { "train-labels-idx1-ubyte": idxFile([3], [0, 0, 0]) }, /one class only/],
  ])("refuses: %s", async (_, changes, message) => {
    const files = { ...pair("train", [0, 1, 2]), ...changes };
    const present = Object.entries(files).filter(([, content]) => content !== undefined);
    const folder = folderOf(Object.fromEntries(present) as Record<string, Buffer>);
    const error = await refusal(() => readDataset(folder));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(folder);
    expect(error.hint).toBeTruthy();
  });
});
