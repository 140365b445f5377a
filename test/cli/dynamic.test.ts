import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convert } from "../../src/dynamic/convert.ts";
import { withPlan } from "../../src/dynamic/plan.ts";
import { parseMechanism } from "../../src/dynamic/spec.ts";
import { float32s } from "../../src/graph/tensor.ts";
import { openOnnx, saveOnnx } from "../../src/onnx/index.ts";
import { commandIn, failure } from "./run.ts";

const data = ["--data", "fashion-mnist-tiny"];
const recipe = ["-n", "3", "-b", "50", "--lr", "0.05", "--validation", "0.2", "-t", "1"];

describe("tidemark dynamic", () => {
  it("goes from a trained network to a deployed one", { timeout: 240_000 }, () => {
    const { run: tidemark } = commandIn();
    const folder = mkdtempSync(join(tmpdir(), "tidemark-dynamic-"));
    const at = (name: string) => join(folder, name);
    const ok = (...args: string[]) => {
      const result = tidemark(...args);
      expect(result.code, result.stderr).toBe(0);
      return result;
    };
    const json = (...args: string[]) => JSON.parse(ok(...args, "-f", "json").stdout);

    ok("train", "vgg-cifar:width=0.25", ...data, ...recipe, "-o", at("dense.onnx"));
    const converted = json(
      "dynamic",
      "convert",
      at("dense.onnx"),
      "-m",
      "multires:share=0.3,depth=1",
      "-m",
      "exits:at=2,width=8",
      "-o",
      at("dyn.onnx"),
    );
    const shown = json("show", at("dense.onnx"));
    expect(converted.denseMacs).toBe(shown.totals.macs);
    expect(converted.parts.map((p: { part: string }) => p.part)).toEqual([
      "to coarse",
      "to exit2",
      "to the end",
    ]);
    expect(converted.parts[0].share).toBeLessThanOrEqual(0.3);

    const asked = ["dynamic", "train", at("dyn.onnx"), ...data, ...recipe, "--distill", "0.5"];
    const training = ok(...asked, "-o", at("trained.onnx"), "-f", "json");
    const record = JSON.parse(training.stdout);
    expect(record.form.kind).toBe("dynamic");
    // Each exit as `run` finds it, were all to leave there.
    const all = json("dynamic", "run", at("trained.onnx"), ...data, "--no-time");
    const alone = all.exits.map(({ name, alone }: { name: string; alone: number }) => [
      name,
      alone,
    ]);
    expect(Object.entries(record.result.test.exits)).toEqual(alone.slice(0, -1));
    expect(record.result.test.accuracy).toBe(alone.at(-1)[1]);
    expect(training.stderr).toContain(
      `; accuracy of exits: coarse ${(100 * alone[0][1]).toFixed(2)} %, exit2 ${(100 * alone[1][1]).toFixed(2)} %`,
    );
    expect(record.epochs).toHaveLength(3);
    for (const { validation } of record.epochs)
      expect(Object.keys(validation.exits)).toEqual(["coarse", "exit2"]);
    expect(record.epochs[2].validation).toEqual(record.result.validation);
    expect(JSON.parse(readFileSync(at("trained.json"), "utf8"))).toEqual(record);
    const wrong = tidemark("dynamic", "calibrate", at("trained.onnx"), ...data, "-o", at("x.onnx"));
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/no target is given/)]);
    for (const [asked, words] of [
      [["--cost", "0.5", "--confidence", "0.9"], /--confidence has no effect with --cost/],
      [["--drop", "0", "--confidence", "0.9"], /no samples can assure that nothing at all is lost/],
      [["--drop", "1", "--confidence", "1"], /expected a share from 0\.5 to below 1/],
    ] as const) {
      const args = [at("trained.onnx"), ...data, ...asked, "-o", at("x.onnx")];
      expect(failure(tidemark("dynamic", "calibrate", ...args), 2)).toMatch(words);
    }

    const cost = json(
      "dynamic",
      "calibrate",
      at("trained.onnx"),
      ...data,
      "--cost",
      "0.6",
      "-o",
      at("cost.onnx"),
    );
    expect(cost.met).toBe(true);
    expect(cost.macs).toBeLessThanOrEqual(0.6 * converted.denseMacs);
    const impossible = ok(
      "dynamic",
      "calibrate",
      at("trained.onnx"),
      ...data,
      "--cost",
      "0.01",
      "-f",
      "json",
      "-o",
      at("no.onnx"),
    );
    expect(JSON.parse(impossible.stdout).met).toBe(false);
    expect(impossible.stderr).toMatch(/is not met: the first exit alone takes/);
    const drop = json(
      "dynamic",
      "calibrate",
      at("trained.onnx"),
      ...data,
      "--drop",
      "2",
      "--dense",
      at("dense.onnx"),
      "-o",
      at("set.onnx"),
    );
    // A hundred of the five hundred training samples were held back.
    expect(drop.samples).toBe(100);
    expect(drop.standardError).toBeCloseTo(Math.sqrt(drop.accuracy * (1 - drop.accuracy)) / 10, 9);
    const fine = ok(
      "dynamic",
      "calibrate",
      at("trained.onnx"),
      ...data,
      "--drop",
      "1",
      "-o",
      at("fine.onnx"),
    );
    expect(fine.stderr).toMatch(/100 samples are few for --drop 1: one of them is 1\.00 points/);
    expect(fine.stderr).toMatch(/\(the last classifier alone [\d.]+ %\)/);
    expect(fine.stderr).toMatch(
      /one sample is 1\.00 points of accuracy, its standard error [\d.]+ points/,
    );
    const sure = (drop: string, ...more: string[]) => {
      const files = ["--dense", at("dense.onnx"), "-f", "json", "-o", at("sure.onnx")];
      const target = ["--drop", drop, ...more];
      return ok("dynamic", "calibrate", at("trained.onnx"), ...data, ...target, ...files);
    };
    const assured = sure("40", "--confidence", "0.9");
    expect(JSON.parse(assured.stdout)).toMatchObject({ met: true, confidence: 0.9 });
    expect(assured.stderr).toMatch(
      /no more than 40\.00 points on other samples .* 90 % confidence/,
    );
    const few = sure("1", "--confidence", "0.95");
    expect(JSON.parse(few.stdout).met).toBe(false);
    // 2.7055 (1 - 0.01) / 0.01, the square of the normal's quantile of 95 %.
    expect(few.stderr).toMatch(/takes 268 samples where not one is lost, and there are 50/);
    // The same samples in both: what `run` tells of the loss is what `calibrate` does.
    const dense = ["--dense", at("dense.onnx"), "--split", "train", "--no-time"];
    const compared = json("dynamic", "run", at("set.onnx"), ...data, ...dense);
    const { loss, lossError, onlyDenseRight, onlyDynamicRight } = compared.dense;
    expect(loss).toBeCloseTo(compared.dense.accuracy - compared.accuracy, 9);
    expect(loss).toBeCloseTo((onlyDenseRight - onlyDynamicRight) / 500, 9);
    const second = (onlyDenseRight + onlyDynamicRight) / 500;
    expect(lossError).toBeCloseTo(Math.sqrt((second - loss ** 2) / 500), 9);
    expect(drop.loss).toBeCloseTo(drop.reference - drop.accuracy, 9);

    const dynamicRun = (file: string) =>
      tidemark(
        "dynamic",
        "run",
        at("set.onnx"),
        ...data,
        "--no-time",
        "-f",
        "json",
        "--dense",
        file,
      );
    const { graph: plain } = openOnnx(at("dense.onnx"));
    // A dense network that was trained on other numbers is asked on those.
    const metadata = { ...plain.metadata, "tidemark.mean": "[0.6]" };
    saveOnnx({ ...plain, metadata }, at("other.onnx"));
    const other = dynamicRun(at("other.onnx"));
    expect(JSON.parse(other.stdout).dense.accuracy).toBeCloseTo(
      json("run", at("other.onnx"), ...data).accuracy,
      9,
    );
    expect(json("run", at("dense.onnx"), ...data).accuracy).not.toBe(
      json("run", at("other.onnx"), ...data).accuracy,
    );
    // And one of other classes is none to compare with.
    const five = new Map(plain.initializers);
    for (const name of plain.nodes.findLast((node) => node.op === "Gemm")!.inputs.slice(1)) {
      const { dims, bytes } = plain.initializers.get(name)!;
      const values = new Float32Array(bytes.slice().buffer);
      five.set(name, float32s(values.slice(0, values.length / 2), [5, ...dims.slice(1)]));
    }
    const outputs = [{ ...plain.outputs[0]!, shape: undefined }];
    saveOnnx({ ...plain, outputs, initializers: five, declared: new Map() }, at("five.onnx"));
    expect(failure(dynamicRun(at("five.onnx")), 2)).toMatch(/five\.onnx gives .*10 classes/);
    const once = ["-n", "1", "-b", "50", "-t", "1", "-o", at("again.onnx")];
    ok("dynamic", "train", at("trained.onnx"), ...data, ...once);
    const refused = ["dynamic", "calibrate", at("again.onnx"), ...data, "--drop", "5"];
    // All samples were trained on: what was held back before is no more.
    expect(failure(tidemark(...refused, "-o", at("x.onnx")), 2)).toMatch(
      /does not say what its training held back/,
    );

    const result = json("dynamic", "run", at("cost.onnx"), ...data, "--no-time", "--inputs");
    expect(result.inputs).toHaveLength(200);
    const mean = (of: (input: { macs: number; correct: boolean; exit: number }) => number) =>
      result.inputs.reduce((sum: number, input: never) => sum + of(input), 0) / 200;
    expect(result.macs.mean).toBeCloseTo(
      mean((i) => i.macs),
      3,
    );
    expect(result.accuracy).toBeCloseTo(
      mean((i) => Number(i.correct)),
      9,
    );
    for (const [k, exit] of result.exits.entries())
      expect(exit.share).toBeCloseTo(
        mean((i) => Number(i.exit === k)),
        9,
      );

    ok("dynamic", "export", at("cost.onnx"), "-o", at("deployed.onnx"));
    const { graph } = openOnnx(at("deployed.onnx"));
    expect(graph.nodes.some((node) => node.op === "If")).toBe(true);
    expect(graph.outputs.at(-1)!.name).toBe("exit");
    // The deployed network on the same images answers as the evaluation says.
    const score = json("run", at("deployed.onnx"), ...data);
    expect(score.accuracy).toBeCloseTo(result.accuracy, 9);
  });

  it("calibrates no network that answers with no numbers, and warns where one is run", () => {
    const { folder, run: tidemark } = commandIn();
    const at = (name: string) => join(folder, name);
    const broken = at("broken.onnx");
    const trained = tidemark(
      "train",
      "vgg-cifar:width=0.25",
      ...data,
      "-n",
      "1",
      "-o",
      at("dense.onnx"),
    );
    expect(trained.code, trained.stderr).toBe(0);
    const { graph } = openOnnx(at("dense.onnx"));
    const network = convert(graph, [parseMechanism("exits:at=1")], 0);
    const weights = new Map(network.graph.initializers);
    weights.set("exit1.fc.bias", float32s(Array.from({ length: 10 }, () => Number.NaN)));
    saveOnnx(withPlan({ ...network, graph: { ...network.graph, initializers: weights } }), broken);
    const args = [broken, ...data, "--validation", "0.2", "--cost", "0.5", "-o", at("x.onnx")];
    const text = failure(tidemark("dynamic", "calibrate", ...args), 1);
    expect(text).toMatch(/broken\.onnx: exit1 gives no numbers for 100 of 100 samples/);
    expect(existsSync(at("x.onnx"))).toBe(false);
    const ran = tidemark("dynamic", "run", broken, ...data, "--no-time");
    expect(ran.stderr).toMatch(
      /warning: .*exit1 gives no numbers for 200 of 200 samples.*; its weights are damaged.*`tidemark dynamic train --lr RATE`/,
    );
    expect(ran.code).toBe(0);
  });

  it("says in its help what the columns are", () => {
    const { run: tidemark } = commandIn();
    expect(tidemark("dynamic", "convert", "--help").stdout).toMatch(/conditional MACs +those that/);
    expect(tidemark("dynamic", "train", "--help").stdout).toMatch(/trainLoss adds up/);
  });

  it("tells what is wrong, and writes nothing", () => {
    const { run: tidemark } = commandIn();
    const out = join(mkdtempSync(join(tmpdir(), "tidemark-dynamic-")), "out.onnx");
    for (const [args, text] of [
      [["convert", "resnet-cifar", "-m", "exit", "-o", out], /did you mean exits\?/],
      [
        ["convert", "resnet-cifar:depth=8", "-m", "exits:at=9", "-o", out],
        /stages 1, 2 to leave at, not 9/,
      ],
      [["run", "absent.onnx", ...data], /absent\.onnx/],
      [["train", "resnet-cifar", ...data, "-n", "1"], /resnet-cifar/],
      [
        ["convert", "resnet-cifar", "-m", "exits", "-o", "/nowhere/x.onnx"],
        /there is no folder \/nowhere/,
      ],
    ] as const) {
      expect(failure(tidemark("dynamic", ...args), 2)).toMatch(text);
    }
    expect(existsSync(out)).toBe(false);
  });
});
