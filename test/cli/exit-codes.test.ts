import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, tensorOf } from "../../src/graph/tensor.ts";
import { saveOnnx } from "../../src/onnx/index.ts";
import { idxFile, png } from "../runtime/data/helpers.ts";
import { linearNetwork } from "../runtime/training/trainer-helpers.ts";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();
const write = (name: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const table = (columns: string, row: (i: number) => string) =>
  `${columns}\n${Array.from({ length: 20 }, (_, i) => row(i)).join("\n")}\n`;
const kind = (i: number) => (i % 2 === 0 ? "a" : "b");

saveOnnx(linearNetwork(2, 2), join(folder, "linear.onnx"));
saveOnnx(linearNetwork(2, 3), join(folder, "three.onnx"));
const hard = new GraphBuilder({ name: "hard" });
hard.initializer("w", tensorOf("float32", [2, 2], [1, 0, 0, 1]));
hard.output(hard.add("Hardmax", [hard.add("MatMul", [hard.input("x", ["n", 2]), "w"])]), ["n", 2]);
saveOnnx(hard.build(), join(folder, "hard.onnx"));
const pair = new GraphBuilder({ name: "pair" });
pair.initializer("w", float32s([1, 1]));
const scaled = pair.add("Mul", [pair.input("x", ["n", 2]), "w"]);
pair.output(pair.add("Add", [scaled, pair.input("y", ["n", 2])]), ["n", 2]);
saveOnnx(pair.build(), join(folder, "pair.onnx"));

write(
  "points.csv",
  table("x,y,label", (i) => `${i},${-i},${kind(i)}`),
);
write(
  "wide.csv",
  table("x,y,z,label", (i) => `${i},${-i},1,${kind(i)}`),
);
write(
  "unlabelled.csv",
  table("x,y", (i) => `${i},${-i}`),
);
write(
  "gap.csv",
  table("x,y,label", (i) => `${i},${i === 7 ? "?" : 1},${kind(i)}`),
);
write(
  "one.csv",
  table("x,y,label", (i) => `${i},1,a`),
);
write("cut/train-images-idx3-ubyte", idxFile([4, 2, 2], Array(15).fill(0)));
write("cut/train-labels-idx1-ubyte", idxFile([4], [0, 1, 0, 1]));
write("notes/read.me", "nothing to learn from");
for (const [name, size] of [
  ["a/1", 8],
  ["a/2", 8],
  ["b/1", 9],
] as const)
  write(`sizes/${name}.png`, await png(size, size, 1, new Uint8Array(size * size)));
write("study.yaml", study("fashion-mnist-tiny"));
write("damaged.yaml", study("./cut"));

function study(data: string): string {
  return [
    "space: { kind: zoo, network: resnet-cifar, vary: { channels1: { type: integer, low: 4, high: 8 } } }",
    `objectives: [{ name: accuracy, data: ${data}, epochs: 1, batch: 4 }, params]`,
    "search: { algorithm: random }",
    "budget: { evaluations: 2 }",
  ].join("\n");
}

const train = (model: string, data: string) => ["train", model, "--data", data, "-n", "1"];
const small = (...args: string[]) => [...args, "-b", "4"];

describe("what does not fit together is wrong usage", () => {
  it.each<[string, string[], RegExp]>([
    [
      "samples of another length",
      train("linear.onnx", "wide.csv"),
      /linear.onnx takes x of \[batch, 2\], samples of wide are 3 features/,
    ],
    [
      "images for a network of tables",
      train("linear.onnx", "fashion-mnist-tiny"),
      /\[batch, 2\], samples of fashion-mnist-tiny are 1x28x28/,
    ],
    ["other classes", train("three.onnx", "points.csv"), /of \[batch, 3\], points has 2 classes/],
    ["two inputs", train("pair.onnx", "points.csv"), /has 2 inputs \(x, y\), expected one/],
    ["an operator without gradient", small(...train("hard.onnx", "points.csv")), /Hardmax/],
    [
      "a batch beyond the samples",
      [...train("linear.onnx", "points.csv"), "-b", "17"],
      /batch of 17 .*16 samples/,
    ],
    [
      "running on samples of another length",
      ["run", "linear.onnx", "--data", "wide.csv", "--split", "train"],
      /takes x of \[batch, 2\], samples of wide are 3 features/,
    ],
    [
      "a study of images of another size",
      ["explore", "study.yaml"],
      /'accuracy': .*\[batch, 3, 32, 32\].*3x28x28/,
    ],
    ["no column of classes", ["data", "unlabelled.csv"], /no column named label, class, target/],
    ["images of two sizes", ["data", "./sizes"], /9x9 pixels, .*8x8\n.*--size 8/],
    ["what is no data set", ["data", "./notes"], /no data set of a known format/],
    ["a data set that is not here", ["data", "cifar100"], /cifar100 is not on this machine/],
    ["a model that is not there", ["run", "gone.onnx"], /gone\.onnx: no such file/],
    ["a model that is a folder", ["run", "./notes"], /this is a folder/],
  ])("%s", (_, args, message) => {
    const before = process.env.TIDEMARK_DATA;
    process.env.TIDEMARK_DATA = join(folder, "no-data-here");
    try {
      expect(failure(run(...args), 2)).toMatch(message);
    } finally {
      if (before === undefined) delete process.env.TIDEMARK_DATA;
      else process.env.TIDEMARK_DATA = before;
    }
  });
});

describe("what a data set holds and should not is a failure", () => {
  it.each<[string, string[], RegExp]>([
    ["a cell that is no number", ["data", "gap.csv"], /row 9, column y: '\?' is no number/],
    ["one class", ["data", "one.csv"], /one class only \(a\)/],
    ["a file that is cut off", ["data", "./cut"], /cut off/],
    ["in a training", train("linear.onnx", "gap.csv"), /row 9, column y/],
    ["in a study", ["explore", "damaged.yaml"], /objective 'accuracy': .*cut off/],
  ])("%s", (_, args, message) => {
    expect(failure(run(...args), 1)).toMatch(message);
  });
});
