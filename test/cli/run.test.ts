import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { openModel } from "../../src/cli/model.ts";
import { readInputs } from "../../src/cli/run-inputs.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, tensorOf } from "../../src/graph/tensor.ts";
import { saveOnnx } from "../../src/onnx/index.ts";
import { readNpy, writeNpy } from "../../src/runtime/npy.ts";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();
const at = (name: string) => join(folder, name);
const floats = (dims: readonly number[], ...values: number[]) =>
  writeNpy({ dtype: "float32", dims, data: Float32Array.from(values) });

// y = a * [1, 2, 3], out/count = ids + ids
const b = new GraphBuilder({ name: "two" });
b.input("a", ["n", 3]);
b.input("ids", ["n", "tokens"], "int64");
b.initializer("w", float32s([1, 2, 3]));
b.output(b.add("Mul", ["a", "w"], {}, { outputs: ["y"] }), ["n", 3]);
b.output(b.add("Add", ["ids", "ids"], {}, { outputs: ["out/count"] }), ["n", "tokens"], "int64");
saveOnnx(b.build(), at("two.onnx"));
writeFileSync(at("wide.npy"), floats([1, 4], 1, 2, 3, 4));

const odd = new GraphBuilder({ name: "odd" });
odd.input("x", [1, 3]);
odd.output(odd.add("Frobnicate", ["x"], {}, { name: "it", outputs: ["y"] }), [1, 3]);
saveOnnx(odd.build(), at("odd.onnx"));

describe("inputs", () => {
  const two = openModel(at("two.onnx"));
  const read = (input: readonly string[], dim: Readonly<Record<string, number>> = {}) =>
    readInputs(two, { input: input.map((i) => i.replace("=", `=${folder}/`)), dim, seed: 0 });
  writeFileSync(at("a.npy"), floats([2, 3], 1, 1, 1, 2, 2, 2));
  writeFileSync(at("half.json"), "[[1, 0.5]]");
  writeFileSync(at("ragged.json"), "[[1, 2], [3]]");
  writeFileSync(at("broken.json"), "[[1, 2");

  it("take sizes from files, then from options, and a batch of 1", () => {
    expect(read(["a=a.npy"], { tokens: 5 }).feeds.ids).toMatchObject({
      dtype: "int64",
      dims: [2, 5],
    });
    expect(read([], { tokens: 1 }).feeds.a!.dims).toEqual([1, 3]);
    expect(
      readInputs(two, { input: [], dim: { tokens: 1 }, seed: 0, batch: 4 }).feeds.a!.dims,
    ).toEqual([4, 3]);
  });

  it("need no name where there is one", () => {
    const one = openModel(at("odd.onnx"));
    writeFileSync(at("x.json"), "[[1, 2, 3]]");
    const { feeds, files } = readInputs(one, { input: [at("x.json")], dim: {}, seed: 0 });
    expect(feeds.x).toEqual({ dtype: "float32", dims: [1, 3], data: Float32Array.of(1, 2, 3) });
    expect(files).toEqual([at("x.json")]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["an unknown name", () => read(["b=a.npy"]), /no input b; it has a, ids/],
    ["a name twice", () => read(["a=a.npy", "a=a.npy"]), /gives a twice/],
    ["a file that is not there", () => read(["a=none.npy"]), /none.npy cannot be read/],
    ["an unknown dimension", () => read([], { rows: 3 }), /no free dimension of that name/],
    ["fractions for whole numbers", () => read(["ids=half.json"]), /element 1 is 0.5/],
    ["a ragged JSON", () => read(["ids=ragged.json"]), /ragged.json\[1\]: expected an array of 2/],
    ["broken JSON", () => read(["ids=broken.json"]), /broken.json: no valid JSON/],
    ["what is no .npy", () => read(["a=two.onnx"]), /two.onnx: this is no .npy file/],
    [
      "a batch of a fixed one",
      () => readInputs(openModel(at("odd.onnx")), { input: [], dim: {}, seed: 0, batch: 2 }),
      /odd fixes its batch to 1/,
    ],
  ])("refuse %s", (_, work, message) => {
    expect(work).toThrow(UserError);
    expect(work).toThrow(message);
  });
});

describe("tidemark run", () => {
  it("runs a network of the zoo on random numbers, the same for a seed", () => {
    const args = ["run", "resnet-cifar:depth=8", "--batch", "3", "--threads", "1", "--repeat", "4"];
    const { code, stdout, stderr } = run(...args, "-f", "json");
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      engine: "ONNX Runtime",
      provider: "cpu",
      threads: 1,
      runs: 4,
      inputs: [{ name: "input", dtype: "float32", shape: [3, 3, 32, 32] }],
      outputs: [{ dtype: "float32", shape: [3, 10], notFinite: 0 }],
    });
    const { min, median, p95, max } = result.latencyMs;
    expect(min).toBeGreaterThan(0);
    expect([min, median, p95, max].toSorted((x, y) => x - y)).toEqual([min, median, p95, max]);
    expect(result.samplesPerSecond).toBeCloseTo(3000 / median, 6);
    const again = JSON.parse(run(...args, "-f", "json").stdout);
    expect(again.outputs).toEqual(result.outputs);
    const other = JSON.parse(run(...args, "-f", "json", "--seed", "1").stdout);
    expect(other.outputs[0].mean).not.toBe(result.outputs[0].mean);
    expect(stderr).toBe("");
  });

  it("takes files, writes files, and prints a table", () => {
    writeFileSync(at("ids.json"), "[[1, 2], [3, -4]]");
    const { code, stdout, stderr } = run(
      "run",
      "two.onnx",
      "-i",
      "a=a.npy",
      "-i",
      "ids=ids.json",
      "-o",
      "out",
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^latency .*median of 10.*\nthroughput .*samples\/s in batches of 2\n/);
    expect(stdout).toMatch(/^y +float32 +\[2, 3\] +3/m);
    expect(stderr).toMatch(/2 outputs in .*out\n$/);
    expect(readdirSync(at("out")).toSorted()).toEqual(["out_count.npy", "y.npy"]);
    expect(readNpy(readFileSync(at("out/y.npy")), "y")).toEqual({
      dtype: "float32",
      dims: [2, 3],
      data: Float32Array.of(1, 2, 3, 2, 4, 6),
    });
    expect(readNpy(readFileSync(at("out/out_count.npy")), "y").data).toEqual(
      BigInt64Array.of(2n, 4n, 6n, -8n),
    );
    const csv = run("run", "two.onnx", "-i", "a=a.npy", "-i", "ids=ids.json", "-f", "csv").stdout;
    expect(csv.split("\n")[0]).toBe("name,dtype,shape,mean,std,min,max,notFinite");
  });

  it("rounds doubles aloud", () => {
    writeFileSync(
      at("doubles.npy"),
      writeNpy({ dtype: "float64", dims: [1, 3], data: Float64Array.of(0.1, 1, 2) }),
    );
    const ran = run("run", "two.onnx", "-i", "a=doubles.npy", "--dim", "tokens=4");
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/warning: doubles.npy: float64 numbers were rounded to float32/);
  });

  it.each<[string, string[], 1 | 2, RegExp]>([
    ["a dimension without a size", ["two.onnx"], 2, /input ids: its dimension tokens has no size/],
    [
      "a file of another shape",
      ["two.onnx", "-i", "a=wide.npy", "--dim", "tokens=1"],
      2,
      /input a is float32 \[n, 3\], but float32 \[1, 4\] is fed: axis 1 has 4, not 3/,
    ],
    ["an unknown operator", ["odd.onnx"], 1, /it \(Frobnicate\): ONNX Runtime has no operator/],
    ["an unknown provider", ["two.onnx", "--provider", "cuda"], 2, /cpu, webgpu/],
  ])("refuses %s", (_, args, code, message) => {
    const ran = run("run", ...args);
    expect(failure(ran, code)).toMatch(message);
    expect(ran.stdout).toBe("");
  });

  it("writes over no input, and says where it cannot write", () => {
    mkdirSync(at("same"), { recursive: true });
    writeFileSync(at("same/y.npy"), floats([1, 3], 1, 2, 3));
    const same = run("run", "two.onnx", "-i", "a=same/y.npy", "--dim", "tokens=1", "-o", "same");
    expect(failure(same, 2)).toMatch(/same\/y.npy is the input/);
    writeFileSync(at("file"), "");
    const blocked = run("run", "two.onnx", "--dim", "tokens=1", "-o", "file/inside");
    expect(failure(blocked, 1)).toMatch(/file\/inside.*not a directory/);
    expect(existsSync(at("file/inside"))).toBe(false);
  });
});

describe("run --data", () => {
  const rows = Array.from({ length: 20 }, (_, i) => {
    const split = i < 10 ? "train" : "test";
    // One of the ten test rows lies on the wrong side.
    const side = i === 13 ? -1 : 1;
    return `${side * (i % 2 ? 2 : -2)},0,${i % 2 ? "b" : "a"},${split}`;
  });
  writeFileSync(at("points.csv"), `x,y,label,split\n${rows.join("\n")}\n`);
  const linear = new GraphBuilder({ name: "torch_jit" });
  const x = linear.input("x", ["n", 2]);
  linear.initializer("w", tensorOf("float32", [2, 2], [-1, 1, 0, 0]));
  linear.output(linear.add("MatMul", [x, "w"]), ["n", 2]);
  saveOnnx(linear.build(), at("linear.onnx"));

  it("gives accuracy and loss, and says how it normalised", () => {
    const args = ["linear.onnx", "--data", "points.csv", "-f", "json"];
    const test = run("run", ...args);
    expect(test.code).toBe(0);
    expect(test.stderr).toMatch(/linear.onnx does not say how its input is normalised/);
    // The training rows are -2 and 2: logits of -1 and 1 once normalised.
    const [right, wrong] = [Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(2))];
    const score = JSON.parse(test.stdout) as Record<string, number>;
    expect(score).toMatchObject({ split: "test", samples: 10, accuracy: 0.9 });
    expect(score.loss).toBeCloseTo((9 * right + wrong) / 10, 5);
    const train = JSON.parse(run("run", ...args, "--split", "train").stdout) as object;
    expect(train).toMatchObject({ split: "train", accuracy: 1 });
  });

  it("refuses what has no effect, no data or no weights", () => {
    const cases: [string[], RegExp][] = [
      [["linear.onnx", "--data", "points.csv", "--repeat", "3"], /--repeat has no effect/],
      [["linear.onnx", "--split", "test"], /--split needs --data/],
      [["linear.onnx", "--data", "points.csv", "--split", "validation"], /no validation split/],
      [["resnet18", "--data", "fashion-mnist-tiny"], /has no trained weights/],
      [["resnet-cifer"], /did you mean resnet-cifar\?/],
    ];
    for (const [args, message] of cases) expect(failure(run("run", ...args), 2)).toMatch(message);
    const misfit = run("run", "linear.onnx", "--data", "fashion-mnist-tiny");
    expect(failure(misfit, 2)).toMatch(/linear.onnx takes x of \[n, 2\]/);
  });
});
