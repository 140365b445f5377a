import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { openOnnx } from "../../src/onnx/index.ts";
import { parseRecord } from "../../src/runtime/training/record.ts";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();

/** 150 rows of three kinds around centres in four columns, as many of each, like Fisher's irises. */
function flowers(): string {
  const rng = stream(1, "test/flowers");
  const centres = [
    [5, 3.4, 1.5, 0.2],
    [5.9, 2.8, 4.3, 1.3],
    [6.6, 3, 5.6, 2],
  ];
  const rows = Array.from({ length: 150 }, (_, i) => {
    const values = centres[i % 3]!.map((c) => (c + 0.25 * rng.normal()).toFixed(2));
    return `${values.join()},${["setosa", "versicolor", "virginica"][i % 3]}`;
  });
  return `a,b,c,d,species\n${rows.join("\n")}\n`;
}
writeFileSync(join(folder, "iris.csv"), flowers().replace("species", "label"));

describe("a table", () => {
  it.each(["mlp", "mlp:depth=3,width=32,normalized=yes", "mlp:depth=0"])(
    "trains %s, whose features and classes are the table's",
    (network) => {
      const out = `${network.replaceAll(/\W/g, "-")}.onnx`;
      const args = ["train", network, "--data", "iris.csv", "--epochs", "20", "-t", "1", "-o", out];
      const ran = run(...args, "-f", "json");
      expect(ran.code, ran.stderr).toBe(0);
      const record = parseRecord(ran.stdout, "stdout");
      // The nearest centre is right for every row.
      expect(record.result!.test!.accuracy).toBeGreaterThanOrEqual(0.9);
      expect(record.recipe.batch).toBe(12);
      expect(record.data).toMatchObject({ shape: [4], counts: { train: 120, test: 30 } });
      const { graph } = openOnnx(join(folder, out));
      expect(graph.inputs[0]!.shape).toEqual(["batch", 4]);
      const scored = run("run", out, "--data", "iris.csv", "--split", "train", "-f", "json");
      expect(JSON.parse(scored.stdout).accuracy).toBeGreaterThanOrEqual(0.9);
    },
  );

  it("gives the same network again for a seed, and after a resume", () => {
    const args = ["train", "mlp", "--data", "iris.csv", "-n", "3", "-t", "1"];
    expect(run(...args, "-o", "one.onnx").code).toBe(0);
    expect(run(...args, "-o", "two.onnx").code).toBe(0);
    expect(readFileSync(join(folder, "two.onnx"))).toEqual(readFileSync(join(folder, "one.onnx")));
    expect(run("train", "--resume", "two.training").code).toBe(0);
    expect(readFileSync(join(folder, "two.onnx"))).toEqual(readFileSync(join(folder, "one.onnx")));
  });

  it("is refused by networks for images, with a network that takes it", () => {
    const ran = run("train", "resnet-cifar", "--data", "iris.csv", "-n", "1");
    expect(failure(ran, 2)).toMatch(/samples of iris are 4 features\n {2}take mlp/);
    const other = run("train", "mlp:features=5", "--data", "iris.csv", "-n", "1");
    expect(failure(other, 2)).toMatch(/mlp takes input of \[batch, 5\].*4 features\n.*4 features/);
    const more = run("train", "mlp:classes=4", "--data", "iris.csv", "-n", "1");
    expect(failure(more, 2)).toMatch(/of \[batch, 4\], iris has 3 classes/);
  });
});

describe("mlp", () => {
  it("reads images as rows", () => {
    const args = ["train", "mlp:width=32", "--data", "fashion-mnist-tiny", "-n", "8", "-t", "1"];
    const ran = run(...args, "-f", "json");
    expect(ran.code, ran.stderr).toBe(0);
    // Ten classes of 50 images each; chance is 0.1.
    expect(parseRecord(ran.stdout, "stdout").result!.test!.accuracy).toBeGreaterThan(0.6);
    expect(
      openOnnx(join(folder, "mlp-width-32-fashion-mnist-tiny.onnx")).graph.inputs[0]!.shape,
    ).toEqual(["batch", 1, 28, 28]);
  });

  it("is a network like the others to every verb", () => {
    for (const args of [
      ["show", "mlp"],
      ["profile", "mlp:depth=4,width=512", "--batch", "64"],
      ["compare", "mlp", "mlp:width=128"],
      ["run", "mlp", "--repeat", "1"],
      ["widths", "mlp:width=100", "--batch", "64"],
    ]) {
      const ran = run(...args);
      expect(ran.code, `${args.join(" ")}\n${ran.stderr}`).toBe(0);
      expect(ran.stdout).not.toBe("");
    }
    expect(JSON.parse(run("spaces", "-f", "json").stdout)).toContainEqual(
      expect.objectContaining({ name: "mlp" }),
    );
  });

  it("can be searched", () => {
    writeFileSync(
      join(folder, "study.yaml"),
      `space:
  kind: zoo
  network: mlp
  vary: { depth: { type: integer, low: 0, high: 2 }, width: { type: integer, low: 8, high: 32, step: 8 } }
  fixed: { features: 4, classes: 3 }
objectives:
  - { name: accuracy, data: iris.csv, epochs: 4, halving: 1 }
  - params
search: { algorithm: random }
budget: { evaluations: 4 }
`,
    );
    const ran = run("explore", "study.yaml", "--no-report", "-f", "json");
    expect(ran.code, ran.stderr).toBe(0);
    for (const { objectives } of JSON.parse(ran.stdout).front)
      expect(objectives.accuracy).toBeGreaterThan(34);
  });
});
