import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { tensorOf } from "../../src/graph/tensor.ts";
import type { Parameters } from "../../src/search/parameters.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import type { Design } from "../../src/search/types.ts";
import { buildProblem, resolveSpec } from "../../src/study/index.ts";
import type { BuiltSpace } from "../../src/study/kinds.ts";
import { checkDesigns } from "../../src/study/objectives/accuracy-check.ts";
import { cornersOf } from "../../src/study/objectives/corner-designs.ts";
import { MORPHISMS } from "../../src/zoo/morphisms/index.ts";
import { userError } from "./helpers.ts";

const spaceOf = (parameters: Parameters, more: Partial<BuiltSpace> = {}): BuiltSpace => ({
  space: parametricSpace(parameters),
  columns: new Map(),
  notes: [],
  ...more,
});
const built = async (space: object, objectives: readonly unknown[] = ["params"]) =>
  buildProblem(resolveSpec({ space, objectives: [...objectives, "macs"], seed: 1 }));
const accuracy = { name: "accuracy", data: "fashion-mnist-tiny", epochs: 1, batch: 50 };

describe("corner designs", () => {
  it("are the smallest, the largest, and some with every category", () => {
    const space = spaceOf({
      width: { type: "integer", low: 4, high: 64, step: 4 },
      rate: { type: "real", low: 0.25, high: 1 },
      block: { type: "categorical", values: ["plain", "residual", "dense", "none"] },
      // Only there with a block in the middle of the list.
      kernel: { type: "categorical", values: [1, 3, 5, 7, 9], when: { block: ["residual"] } },
      squeeze: { type: "boolean" },
    });
    const corners = cornersOf(space);
    for (const design of corners) space.space.check(design);
    expect(corners).toContainEqual({ width: 4, rate: 0.25, block: "plain", squeeze: false });
    expect(corners).toContainEqual({ width: 64, rate: 1, block: "none", squeeze: true });
    const values = (name: string) => new Set(corners.map((design) => design[name]));
    expect(values("block")).toEqual(new Set(["plain", "residual", "dense", "none"]));
    expect(values("kernel")).toEqual(new Set([1, 3, 5, 7, 9, undefined]));
    expect(values("squeeze")).toEqual(new Set([false, true]));
    expect(corners.length).toBeLessThanOrEqual(10);
  });

  it("are few, however many categories there are", () => {
    const values = Array.from({ length: 15_625 }, (_, i) => i);
    expect(cornersOf(spaceOf({ cell: { type: "categorical", values } })).length).toBeLessThan(40);
  });

  it("of a space of morphisms have every morphism in them", async () => {
    const base = "resnet-cifar:depth=8,width=0.5,resolution=8";
    for (const limits of [{}, { steps: 1 }, { steps: 4 }]) {
      const problem = await built({ kind: "morphism", base, limits });
      const corners = cornersOf(problem.built);
      for (const design of corners) problem.space.check(design);
      expect(corners[0]).toEqual({ steps: "base" });
      const text = corners.map(({ steps }) => steps).join("; ");
      for (const { name } of MORPHISMS) expect(text).toMatch(new RegExp(`(^|; )${name} `));
    }
  });
});

describe("before a study begins", () => {
  it("a network that does not fit the data is found at either end of a range", async () => {
    const resolution = (low: number, high: number) => ({
      kind: "zoo",
      network: "resnet-cifar",
      vary: {
        channels1: { type: "integer", low: 4, high: 8 },
        resolution: { type: "integer", low, high, step: 4 },
      },
      fixed: { depth: 8 },
    });
    for (const [low, high, wrong] of [
      [28, 32, 32],
      [24, 28, 24],
    ] as const)
      for (const objective of [
        accuracy,
        { name: "accuracy", kind: "proxy", proxy: "snip", data: "fashion-mnist-tiny" },
      ]) {
        const problem = await built(resolution(low, high), [objective]);
        const error = await userError(() => problem.prepare());
        expect(error).toMatch(
          new RegExp(`objective 'accuracy': .*resolution=${wrong} .*3, ${wrong}, ${wrong}\\]`),
        );
        expect(error).toMatch(/3x28x28[\s\S]*take such designs out of the space/);
      }
    await (await built(resolution(28, 28), [accuracy])).prepare();
  });

  it("an operator without gradient is found in whatever category it is", async () => {
    const network = ({ head }: Design) => {
      const builder = new GraphBuilder({ name: "heads" });
      const x = builder.input("x", ["n", 1, 28, 28]);
      const weights = Array.from({ length: 7840 }, () => 0);
      builder.initializer("w", tensorOf("float32", [784, 10], weights));
      const logits = builder.add("MatMul", [builder.add("Flatten", [x]), "w"]);
      builder.output(builder.add(String(head), [logits]), ["n", 10]);
      return builder.build();
    };
    const check = (values: readonly string[]) =>
      checkDesigns(spaceOf({ head: { type: "categorical", values } }), network, {
        name: "top1",
        data: "fashion-mnist-tiny",
        read: {},
        recipe: { epochs: 1, batch: 50 },
      });
    await check(["Relu", "Tanh", "Sigmoid"]);
    expect(await userError(() => check(["Relu", "Hardmax", "Sigmoid"]))).toMatch(
      /objective 'top1': head=Hardmax: no gradient is known .*Hardmax/,
    );
  });
});
