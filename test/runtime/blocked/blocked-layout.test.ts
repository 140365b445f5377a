import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { float, int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { elementCount, float32s, int64s, tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph, Node } from "../../../src/graph/types.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import {
  blockedLayout,
  blockSize,
  hasComputedKernels,
  NCHWC,
} from "../../../src/runtime/blocked/index.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";

const open = (graph: Graph) => nodeEngine.open(graph, { threads: 1, optimize: "none" });
const block = await blockSize(open);

/** Every input drawn anew, in the order of the inputs. */
function feedsFor(graph: Graph, seed: number): Record<string, DenseTensor> {
  const rng = stream(seed, "test/blocked");
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const dims = shape as readonly number[];
      const positive = name.startsWith("variance");
      const data = Float32Array.from({ length: elementCount(dims) }, () =>
        positive ? 0.5 + rng.float() : rng.normal(),
      );
      return [name, { dtype: "float32", dims, data }];
    }),
  );
}

async function outputsOf(graph: Graph, feeds: Record<string, DenseTensor>) {
  const session = await open(graph);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The blocked graph, whose outputs have been compared with the plain graph's. */
async function compared(graph: Graph, seed = 1, tolerance = 1e-5): Promise<Graph> {
  const blocked = blockedLayout(graph, block!);
  const feeds = feedsFor(graph, seed);
  const [want, have] = [await outputsOf(graph, feeds), await outputsOf(blocked, feeds)];
  expect(Object.keys(have)).toEqual(Object.keys(want));
  for (const [name, { dims, data }] of Object.entries(want)) {
    const got = have[name]!;
    expect(got.dims).toEqual(dims);
    const scale = Math.max(1e-6, ...Array.from(data as Float32Array, Math.abs));
    let worst = 0;
    (data as Float32Array).forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - (got.data as Float32Array)[i]!));
    });
    expect(worst / scale, `${name} of ${graph.name}`).toBeLessThan(tolerance);
  }
  return blocked;
}

const opsOf = (graph: Graph, domain = NCHWC) =>
  graph.nodes.filter((node) => node.domain === domain).map((node) => node.op);

describe.skipIf(block === undefined)("blockedLayout", () => {
  it("computes convolutions of any geometry as they were", { timeout: 60_000 }, async () => {
    const b = block!;
    const channels = fc.constantFrom(1, 3, b - 1, b, 2 * b, 3 * b);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          c: channels,
          k: fc.constantFrom(b, 2 * b, 3 * b, 5),
          size: fc.tuple(fc.integer({ min: 5, max: 12 }), fc.integer({ min: 5, max: 12 })),
          kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
          stride: fc.integer({ min: 1, max: 2 }),
          dilation: fc.integer({ min: 1, max: 2 }),
          pads: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
          bias: fc.boolean(),
          n: fc.integer({ min: 1, max: 3 }),
          seed: fc.integer(),
        }),
        async ({ c, k, size, kernel, stride, dilation, pads, bias, n, seed }) => {
          const g = new GraphBuilder({ name: "conv" });
          g.input("x", [n, c, ...size]);
          g.input("w", [k, c, ...kernel]);
          if (bias) g.input("bias", [k]);
          const y = g.add("Conv", ["x", "w", ...(bias ? ["bias"] : [])], {
            strides: ints(stride, stride),
            dilations: ints(dilation, dilation),
            pads: ints(...pads),
          });
          g.output(y);
          const blocked = await compared(g.build(), seed);
          const whole = k % b === 0 && (c < b || c % b === 0);
          expect(opsOf(blocked).includes("Conv")).toBe(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("computes grouped and depthwise convolutions as they were", async () => {
    const b = block!;
    for (const [group, perGroup, filters] of [
      [2, b, 2 * b],
      [2 * b, 1, 2 * b],
      [2, b / 2, 2 * b],
      [b, 1, 2 * b],
    ] as const) {
      const g = new GraphBuilder({ name: `group ${group}, ${perGroup} channels` });
      g.input("x", [2, group * perGroup, 7, 6]);
      g.input("w", [filters, perGroup, 3, 3]);
      g.output(g.add("Conv", ["x", "w"], { pads: ints(1, 1, 1, 1), group: int(group) }));
      await compared(g.build());
    }
  });

  it("merges a sum and a ReLU into what is before them, and only where nobody else reads it", async () => {
    const build = (extra: boolean) => {
      const g = new GraphBuilder({ name: `residual ${extra}` });
      g.input("x", [2, block!, 6, 6]);
      g.input("w", [block!, block!, 3, 3]);
      const y = g.add("Conv", ["x", "w"], { pads: ints(1, 1, 1, 1) });
      const z = g.add("Conv", [y, "w"], { pads: ints(1, 1, 1, 1) });
      g.output(g.add("Relu", [g.add("Add", [y, z])]));
      if (extra) g.output(g.add("Neg", [z]));
      return g.build();
    };
    const merged = await compared(build(false));
    expect(opsOf(merged, "").filter((op) => op === "Add" || op === "Relu")).toEqual([]);
    const apart = await compared(build(true));
    expect(opsOf(apart, "")).toContain("Add");
  });

  it("normalises by the batch's statistics and by given ones, also far from zero", async () => {
    for (const [momentum, opset] of [
      [0, 18],
      [0.9, 18],
      [0.9, 17],
    ] as const) {
      const g = new GraphBuilder({ name: `momentum ${momentum}, opset ${opset}`, opset });
      g.input("x", [3, block!, 5, 5]);
      g.input("w", [block!, block!, 1, 1]);
      g.input("bias", [block!]);
      const far = g.initializer("far", tensorOf("float32", [], [100]));
      for (const name of ["scale", "shift", "mean", "variance"]) g.input(name, [block!]);
      const y = g.add("Add", [g.add("Conv", ["x", "w", "bias"]), far]);
      const [a, mean, variance] = g.addMany(
        "BatchNormalization",
        [y, "scale", "shift", "mean", "variance"],
        3,
        { training_mode: int(1), momentum: float(momentum) },
      );
      const given = ["scale", "shift", mean!, variance!];
      g.output(g.add("BatchNormalization", [y, ...given], { epsilon: float(1e-3) }));
      for (const name of [a!, mean!, variance!]) g.output(name);
      const blocked = await compared(g.build(), 3, 2e-4);
      expect(opsOf(blocked, "")).not.toContain("BatchNormalization");
    }
  });

  it("multiplies by a gate that is blocked itself, of a batch of one, and convolves with such weights", async () => {
    const b = block!;
    const g = new GraphBuilder({ name: "gate" });
    g.input("x", [1, b, 6, 6]);
    g.input("w", [b, b, 3, 3]);
    g.input("v", [b, b, 1, 1]);
    const y = g.add("Conv", ["x", "w"]);
    const gate = g.add("Sigmoid", [g.add("Conv", [g.add("GlobalAveragePool", [y]), "v"])]);
    g.output(g.add("Mul", [y, gate]));
    g.input("z", [b, b, 3, 3]);
    const weights = g.add("Conv", ["z", "v"]);
    g.output(g.add("Conv", [y, weights]));
    const blocked = await compared(g.build());
    expect(opsOf(blocked).filter((op) => op === "Conv")).toHaveLength(5);
  });

  it("differentiates a residual block as the plain layout does", { timeout: 60_000 }, async () => {
    const b = block!;
    for (const [n, stride, size] of [
      [b, 1, 6],
      [4 * b, 2, 8],
      [3, 2, 7],
    ] as const) {
      const g = new GraphBuilder({ name: `block of ${n} samples, stride ${stride}` });
      g.input("x", [n, 3, size, size]);
      const weights = ["w0", "w1", "w2", "w3"];
      g.input("w0", [b, 3, 3, 3]);
      g.input("w1", [2 * b, b, 3, 3]);
      g.input("w2", [2 * b, 2 * b, 3, 3]);
      g.input("w3", [2 * b, b, 1, 1]);
      for (const [name, c] of [
        ["0", b],
        ["1", 2 * b],
        ["2", 2 * b],
      ] as const)
        for (const what of ["scale", "shift", "mean", "variance"]) g.input(`${what}${name}`, [c]);
      const normal = (x: string, i: number) =>
        g.addMany(
          "BatchNormalization",
          [x, `scale${i}`, `shift${i}`, `mean${i}`, `variance${i}`],
          3,
          { training_mode: int(1) },
        )[0]!;
      const pads = { pads: ints(1, 1, 1, 1) };
      const strides = { strides: ints(stride, stride) };
      const stem = g.add("Relu", [normal(g.add("Conv", ["x", "w0"], pads), 0)]);
      const a = g.add("Relu", [normal(g.add("Conv", [stem, "w1"], { ...pads, ...strides }), 1)]);
      const c = normal(g.add("Conv", [a, "w2"], pads), 2);
      const sum = g.add("Relu", [g.add("Add", [c, g.add("Conv", [stem, "w3"], strides)])]);
      const pooled = g.add("Flatten", [g.add("GlobalAveragePool", [sum])]);
      const axes = g.initializer("axes", int64s([0, 1]));
      const loss = g.add("ReduceSum", [g.add("Mul", [pooled, pooled]), axes], { keepdims: int(0) });
      g.output(loss);
      const wanted = [...weights, "scale0", "shift0", "scale2", "shift2", "x"];
      const { graph } = gradients(g.build(), loss, wanted);
      const blocked = await compared(graph, n, 2e-4);
      // Weights' gradients are summed over blocks of samples where the batch has whole ones.
      const grouped = blocked.nodes.filter((node) => node.op === "Pad");
      expect(grouped.length > 0).toBe(n % b === 0);
    }
  });

  it("keeps what it has no rule for in the plain layout, subgraphs that read it too", async () => {
    const g = new GraphBuilder({ name: "mixed" });
    g.input("x", [2, block!, 6, 6]);
    g.input("w", [block!, block!, 3, 3]);
    const y = g.add("Conv", ["x", "w"]);
    const branch = (op: string, output: string): Graph => {
      const nodes = [
        { name: output, op, domain: "", inputs: [y], outputs: [output], attributes: {} },
      ];
      const outputs = [{ name: output, dtype: "float32", shape: undefined } as const];
      return { ...new GraphBuilder({ name: op }).build(), nodes, outputs };
    };
    const yes = g.initializer("yes", {
      ...tensorOf("float32", [], [0]),
      dtype: "bool",
      bytes: Uint8Array.of(1),
    });
    const chosen = g.add("If", [yes], {
      then_branch: { kind: "graph", value: branch("Abs", "positive") },
      else_branch: { kind: "graph", value: branch("Neg", "negative") },
    });
    g.output(chosen);
    g.output(g.add("Transpose", [y], { perm: ints(0, 2, 3, 1) }));
    g.output(g.add("Softmax", [y], { axis: int(1) }));
    g.output(g.add("ReduceMean", [y, g.initializer("hw", int64s([-1, -2]))], { keepdims: int(0) }));
    g.output(g.add("MaxPool", [y], { kernel_shape: ints(2, 2), strides: ints(2, 2) }));
    await compared(g.build());
  });

  it("leaves constant weights to ONNX Runtime, and graphs without computed ones alone", () => {
    const g = new GraphBuilder({ name: "constant" });
    g.input("x", [1, block!, 4, 4]);
    g.initializer(
      "w",
      float32s(
        Array.from({ length: block! ** 2 }, () => 0.1),
        [block!, block!, 1, 1],
      ),
    );
    g.output(g.add("Conv", ["x", "w"]));
    const graph = g.build();
    expect(hasComputedKernels(graph)).toBe(false);
    expect(opsOf(blockedLayout(graph, block!))).toEqual([]);
    // Weights that nodes make of constants are constant too, e.g. of a quantised network.
    const [conv] = graph.nodes as [Node];
    const cast: Node = {
      ...conv,
      name: "cast",
      op: "Cast",
      inputs: ["w"],
      outputs: ["w32"],
      attributes: { to: int(1) },
    };
    const made = { ...graph, nodes: [cast, { ...conv, inputs: ["x", "w32"] }] };
    expect(hasComputedKernels(made)).toBe(false);
    expect(opsOf(blockedLayout(made, block!))).toEqual([]);
  });
});

describe("blockSize", () => {
  it("is a power of two of this processor, or undefined where the engine has no such kernels", async () => {
    if (block !== undefined) expect([4, 8, 16, 32]).toContain(block);
    const refusing = await blockSize(() => Promise.reject(new Error("no kernel")));
    expect(refusing).toBeUndefined();
  });

  it("does not trust kernels that order elements otherwise", async () => {
    const same = await blockSize(async (graph) => ({
      inputs: graph.inputs,
      outputs: graph.outputs,
      run: async (feeds) => ({ [graph.outputs[0]!.name]: feeds.x! }),
      release: async () => {},
    }));
    expect(same).toBeUndefined();
  });
});

afterAll(() => {
  if (block === undefined)
    console.log("skipped: ONNX Runtime has no blocked kernels on this processor");
});
