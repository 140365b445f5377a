/** `gradients` itself: what it adds up, what it refuses, what it leaves as it was. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { float, graphAttribute, int, ints, string } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { checkGraph } from "../../../src/graph/check.ts";
import { float32s, int64s, tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph, Shape, Tensor } from "../../../src/graph/types.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { differentiable, gradients } from "../../../src/ops/gradients/index.ts";
import { operatorFor } from "../../../src/ops/index.ts";
import { cifarResNet, mobileNetV2 } from "../../../src/zoo/index.ts";
import { checkGradients, openGraph, uniform } from "../../support/finite-differences.ts";

function scalarLoss(b: GraphBuilder, value: string): string {
  return b.output(b.add("ReduceSum", [value], { keepdims: int(0) }, { outputs: ["loss"] }), []);
}

/** Runs the gradient graph and gives each parameter's gradient. */
async function evaluate(
  graph: Graph,
  parameters: readonly string[],
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, number[]>> {
  const result = gradients(graph, "loss", parameters);
  const run = await openGraph(result.graph);
  const out = await run.run(feeds);
  await run.release();
  return Object.fromEntries([...result.gradients].map(([p, g]) => [p, Array.from(out[g]!.data)]));
}

describe("gradients", () => {
  it("adds over all readers of a value, and twice where a node reads it twice", async () => {
    const b = new GraphBuilder();
    b.input("x", [2]);
    const square = b.add("Mul", ["x", "x"]);
    const cube = b.add("Mul", [square, "x"]);
    scalarLoss(b, b.add("Sum", [square, cube, "x"]));
    // d (x^2 + x^3 + x) = 2x + 3x^2 + 1
    const g = await evaluate(b.build(), ["x"], { x: float32s([2, -1]) });
    expect(g.x).toEqual([17, 2]);
  });

  it("differentiates by initializers, inputs and values in between alike", async () => {
    const b = new GraphBuilder();
    b.input("x", ["batch", 2]);
    b.initializer("w", float32s([1, 2, 3, 4], [2, 2]));
    const h = b.add("MatMul", ["x", "w"], {}, { outputs: ["h"] });
    scalarLoss(b, b.add("Mul", [h, h]));
    const g = await evaluate(b.build(), ["w", "x", "h", "loss"], { x: float32s([1, 1], [1, 2]) });
    expect(g).toEqual({ h: [8, 12], w: [8, 12, 8, 12], x: [32, 72], loss: [1] });
  });

  it("gives zeros for parameters that the loss does not depend on, and names them", async () => {
    const b = new GraphBuilder();
    b.input("x", [2]);
    b.input("other", ["batch", 2]);
    b.initializer("unused", float32s([1, 2, 3]));
    b.initializer("signed", float32s([1, -2]));
    scalarLoss(b, b.add("Mul", ["x", b.add("Sign", ["signed"])]));
    b.output(b.add("Relu", ["other"]));
    const graph = b.build();
    const parameters = ["x", "unused", "signed", "other"];
    expect(gradients(graph, "loss", parameters).unreachable).toEqual(parameters.slice(1));
    const g = await evaluate(graph, parameters, { x: float32s([1, 1]), other: uniform(1, [2, 2]) });
    expect(g).toEqual({ x: [1, -1], unused: [0, 0, 0], signed: [0, 0], other: [0, 0, 0, 0] });
  });

  it("of a small network of a free batch are those of central differences", async () => {
    const b = new GraphBuilder();
    b.input("x", ["batch", 2, 6, 6]);
    b.input("w", [3, 2, 3, 3]);
    b.input("b", [3]);
    b.input("scale", [3]);
    b.input("shift", [3]);
    b.input("mean", [3]);
    b.input("var", [3]);
    b.input("fc", [12, 4]);
    const c = b.add("Conv", ["x", "w", "b"], { pads: ints(1, 1, 1, 1) });
    const [bn] = b.addMany("BatchNormalization", [c, "scale", "shift", "mean", "var"], 3, {
      training_mode: int(1),
      momentum: float(0.9),
    });
    const a = b.add("Tanh", [bn!]);
    const p = b.add("AveragePool", [a], { kernel_shape: ints(3, 3), strides: ints(3, 3) });
    const f = b.add("Flatten", [p]);
    const y = b.add("LogSoftmax", [b.add("Gemm", [f, "fc"])]);
    b.output(y, ["batch", 4]);
    b.initializer("unused", int64s([1]));
    const feeds = {
      x: uniform(1, [2, 2, 6, 6]),
      w: uniform(2, [3, 2, 3, 3]),
      b: uniform(3, [3]),
      scale: uniform(4, [3]),
      shift: uniform(5, [3]),
      mean: uniform(6, [3]),
      var: uniform(7, [3], 0.5, 1),
      fc: uniform(8, [12, 4]),
    };
    const error = await checkGradients({
      graph: b.build(),
      feeds,
      parameters: ["x", "w", "scale", "shift", "fc"],
      step: 1 / 64,
      tolerance: 2e-3,
    });
    expect(error).toBeLessThan(2e-3);
  });

  it("takes a loss of one element in any rank", async () => {
    for (const shape of [[], [1], [1, 1]] as Shape[]) {
      const b = new GraphBuilder();
      b.input("x", [2, 2]);
      const sum = b.add("ReduceSum", ["x"], { keepdims: int(0) });
      b.initializer("shape", int64s(shape as number[]));
      b.output(b.add("Reshape", [sum, "shape"], {}, { outputs: ["loss"] }));
      const g = await evaluate(b.build(), ["x"], { x: uniform(1, [2, 2]) });
      expect(g.x).toEqual([1, 1, 1, 1]);
    }
  });

  it("keeps the forward graph: its inputs, outputs, initializers, names and metadata", () => {
    const b = new GraphBuilder({ metadata: { note: "kept" } });
    b.input("x", ["batch", 3, 8, 8]);
    b.initializer("w", uniform(1, [4, 3, 3, 3]));
    const y = b.add("Conv", ["x", "w"], { pads: ints(1, 1, 1, 1) }, { outputs: ["y"] });
    scalarLoss(b, y);
    b.output("y");
    const graph = b.build();
    const result = gradients(graph, "loss", ["w"]);
    expect(result.graph.inputs).toEqual(graph.inputs);
    expect(result.graph.outputs.slice(0, 2)).toEqual(graph.outputs);
    expect(result.graph.nodes.slice(0, graph.nodes.length)).toEqual(graph.nodes);
    expect(result.graph.metadata).toEqual(graph.metadata);
    expect(result.graph.initializers.get("w")).toBe(graph.initializers.get("w"));
  });

  it("asks no shape of the data where all are known", () => {
    const graph = trained(cifarResNet({ depth: 8, resolution: 8 }), 4);
    const weights = weightsOf(graph);
    const result = gradients(graph, "loss", weights);
    const dynamic = result.graph.nodes.filter((n) => n.op === "Shape" || n.op === "Size");
    expect(dynamic).toEqual([]);
  });

  it.each([
    ["ResNet-8", cifarResNet({ depth: 8, resolution: 8 }), [undefined, 2]],
    ["MobileNetV2", mobileNetV2({ resolution: 32, classes: 10 }), [undefined]],
  ] as const)("of a whole %s pass the check and the analysis", (_, network, batches) => {
    for (const batch of batches) {
      const graph = trained(network, batch);
      const weights = weightsOf(graph);
      const result = gradients(graph, "loss", weights);
      checkGraph(result.graph);
      const { gaps, types } = analyze(result.graph);
      expect(gaps).toEqual([]);
      for (const w of weights)
        expect(types.get(result.gradients.get(w)!)?.shape).toEqual(graph.initializers.get(w)!.dims);
      const norms = graph.nodes.filter((n) => n.op === "BatchNormalization");
      expect(result.stateUpdates.size).toBe(2 * norms.length);
    }
  });
});

/** The network with cross-entropy, its normalizations in training mode. */
function trained(network: Graph, batch: number | undefined): Graph {
  const logits = network.outputs[0]!.name;
  const size = batch ?? "batch";
  return {
    ...network,
    inputs: [
      ...network.inputs.map((v) => ({ ...v, shape: [size, ...v.shape!.slice(1)] })),
      { name: "labels", dtype: "int64", shape: [size] },
    ],
    nodes: [
      ...network.nodes.map((n) =>
        n.op === "BatchNormalization"
          ? { ...n, attributes: { ...n.attributes, training_mode: int(1) } }
          : n,
      ),
      {
        name: "loss",
        op: "SoftmaxCrossEntropyLoss",
        domain: "",
        inputs: [logits, "labels"],
        outputs: ["loss"],
        attributes: {},
      },
    ],
    outputs: [{ name: "loss", dtype: "float32", shape: [] }],
    declared: new Map(),
  };
}

function weightsOf(graph: Graph): string[] {
  const statistics = new Set(
    graph.nodes.flatMap((n) => (n.op === "BatchNormalization" ? n.inputs.slice(3) : [])),
  );
  return [...graph.initializers]
    .filter(([name, t]) => t.dtype === "float32" && !statistics.has(name))
    .map(([name]) => name);
}

describe("the table", () => {
  it("holds operators that the analysis knows, in alphabetical order", () => {
    for (const op of differentiable) expect(operatorFor("", op)?.name, op).toBe(op);
    expect(differentiable).toEqual(differentiable.toSorted());
    expect(differentiable.length).toBeGreaterThan(100);
  });
});

describe("operator sets", () => {
  it.each([13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24])("%d", async (opset) => {
    const b = new GraphBuilder({ opset });
    b.input("x", ["batch", 2, 4, 4]);
    b.input("w", [2, 2, 3, 3]);
    const y = b.add("Conv", ["x", "w"], { pads: ints(1, 1, 1, 1) });
    const p = b.add("MaxPool", [b.add("Tanh", [y])], { kernel_shape: ints(2, 2) });
    const [left, right] = b.addMany(
      "Split",
      [p],
      2,
      opset >= 18 ? { axis: int(1), num_outputs: int(2) } : { axis: int(1) },
    );
    b.initializer("index", int64s([1, 0, 1]));
    const gathered = b.add("Gather", [b.add("Sub", [left!, right!]), "index"], { axis: int(2) });
    b.initializer("axes", int64s([2, 3]));
    const mean = b.add(
      "ReduceMean",
      opset >= 18 ? [gathered, "axes"] : [gathered],
      opset >= 18 ? {} : { axes: ints(2, 3) },
    );
    b.output(b.add("Squeeze", [mean, "axes"]), ["batch", 1]);
    const feeds = { x: uniform(1, [2, 2, 4, 4]), w: uniform(2, [2, 2, 3, 3]) };
    const error = await checkGradients({
      graph: b.build(),
      feeds,
      parameters: ["x", "w"],
      step: 1 / 256,
      tolerance: 4e-3,
    });
    expect(error).toBeLessThan(4e-3);
  });

  it("turns the training form before opset 14 into the attribute", async () => {
    const b = new GraphBuilder({ opset: 13 });
    b.input("x", [2, 2]);
    for (const name of ["scale", "bias", "mean", "var"]) b.initializer(name, float32s([1, 1]));
    const inputs = ["x", "scale", "bias", "mean", "var"];
    const [y] = b.addMany("BatchNormalization", inputs, 5, { momentum: float(0.5) });
    scalarLoss(b, b.add("Mul", [y!, y!]));
    const result = gradients(b.build(), "loss", ["bias"]);
    expect(result.graph.opsets.get("")).toBe(16);
    const run = await openGraph(result.graph);
    const out = await run.run({ x: float32s([0, 2, 4, 8], [2, 2]) });
    await run.release();
    expect(Array.from(out[result.stateUpdates.get("mean")!]!.data)).toEqual([1.5, 3]);
  });
});

describe("what cannot be differentiated", () => {
  function message(f: () => unknown): string {
    try {
      f();
    } catch (error) {
      if (error instanceof UserError) return `${error.message} | ${error.hint ?? ""}`;
      throw error;
    }
    throw new Error("no error");
  }

  function simple(): GraphBuilder {
    const b = new GraphBuilder();
    b.input("x", ["batch", 1, 4, 4]);
    b.initializer("weight", float32s([2]));
    return b;
  }

  it("names all operators without a rule at once, with their nodes", () => {
    const b = simple();
    const h = b.add("Hardmax", ["x"], {}, { name: "first" });
    const m = b.add("Hardmax", [b.add("Mul", [h, "weight"])], {}, { name: "second" });
    const sum = b.add("Add", [m, "weight"]);
    const l = b.add(
      "MaxUnpool",
      [sum, b.add("Cast", [sum], { to: int(7) })],
      {
        kernel_shape: ints(2, 2),
      },
      { name: "third" },
    );
    scalarLoss(b, l);
    const text = message(() => gradients(b.build(), "loss", ["weight"]));
    expect(text).toContain("Hardmax (second)");
    expect(text).not.toContain("first");
    expect(text).toContain("MaxUnpool (third)");
  });

  it("names control flow whose branches read a parameter", () => {
    const b = simple();
    b.input("condition", [], "bool");
    const branch = (op: string): Graph => ({
      ...new GraphBuilder({ name: op }).build(),
      nodes: [{ name: op, op, domain: "", inputs: ["weight"], outputs: ["y"], attributes: {} }],
      outputs: [{ name: "y", dtype: "float32", shape: [1] }],
    });
    const y = b.add(
      "If",
      ["condition"],
      {
        then_branch: graphAttribute(branch("Relu")),
        else_branch: graphAttribute(branch("Neg")),
      },
      { name: "choice" },
    );
    scalarLoss(b, y);
    const text = message(() => gradients(b.build(), "loss", ["weight"]));
    expect(text).toContain("If (choice)");
  });

  it("unknown names, with what was meant", () => {
    const b = simple();
    scalarLoss(b, b.add("Mul", ["x", "weight"]));
    const graph = b.build();
    expect(message(() => gradients(graph, "loss", ["wieght"]))).toContain("did you mean weight?");
    expect(message(() => gradients(graph, "lost", ["weight"]))).toContain("did you mean loss?");
    expect(message(() => gradients(graph, "loss", []))).toContain("no parameters");
  });

  it("a loss of several elements, of integers, or beside all parameters", () => {
    const b = simple();
    b.add("Mul", ["x", "weight"], {}, { outputs: ["y"] });
    b.add("ArgMax", ["y"], {}, { outputs: ["i"] });
    scalarLoss(b, "x");
    const graph = b.build();
    expect(message(() => gradients(graph, "y", ["weight"]))).toContain("[batch,1,4,4]");
    expect(message(() => gradients(graph, "i", ["weight"]))).toContain("int64");
    expect(message(() => gradients(graph, "loss", ["weight"]))).toContain("depends on none");
    expect(message(() => gradients(graph, "loss", ["i"]))).toContain("int64");
  });

  it("an operator set before 13", () => {
    const b = new GraphBuilder({ opset: 12 });
    b.input("x", [1]);
    b.add("Relu", ["x"], {}, { outputs: ["loss"] });
    expect(message(() => gradients(b.build(), "loss", ["x"]))).toContain("opset 12");
  });

  it("broadcasting that free dimensions leave open", () => {
    const b = new GraphBuilder();
    b.input("x", ["a", 2]);
    b.input("y", ["b", 2]);
    scalarLoss(b, b.add("Add", ["x", "y"]));
    expect(message(() => gradients(b.build(), "loss", ["x"]))).toContain("broadcast is open");
  });

  it("scatter by product, running statistics in the loss, state shared by two nodes", () => {
    const b = simple();
    b.initializer("i", int64s([0]));
    const s = b.add("ScatterElements", ["weight", "i", "weight"], { reduction: string("mul") });
    scalarLoss(b, s);
    expect(message(() => gradients(b.build(), "loss", ["weight"]))).toContain("reduction mul");

    const norm = (use: number, nodes: number) => {
      const n = new GraphBuilder();
      n.input("x", [2, 3]);
      for (const name of ["scale", "bias", "mean", "var"]) n.initializer(name, float32s([1, 1, 1]));
      const inputs = ["x", "scale", "bias", "mean", "var"];
      const outputs = Array.from({ length: nodes }, () =>
        n.addMany("BatchNormalization", inputs, 3, { training_mode: int(1) }),
      );
      scalarLoss(
        n,
        n.add(
          "Sum",
          outputs.map((o) => o[use]!),
        ),
      );
      return message(() => gradients(n.build(), "loss", ["x"]));
    };
    expect(norm(1, 1)).toContain("running statistics");
    expect(norm(0, 2)).toContain("updated twice");
  });

  it("weights of half precision differentiate in half precision", () => {
    const b = new GraphBuilder();
    b.input("x", [2, 2], "float16");
    b.initializer("w", tensorOf("float16", [2, 2], [1, 2, 3, 4]));
    b.add(
      "ReduceMean",
      [b.add("Relu", [b.add("MatMul", ["x", "w"])])],
      { keepdims: int(0) },
      {
        outputs: ["loss"],
      },
    );
    const { graph, gradients: by } = gradients(b.build(), "loss", ["w"]);
    expect(analyze(graph).types.get(by.get("w")!)).toEqual({ dtype: "float16", shape: [2, 2] });
  });
});
