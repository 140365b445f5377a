/** Values that pass no gradient. */
import { describe, expect, it } from "vitest";
import { int } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../../src/graph/types.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { openGraph, uniform } from "../../support/finite-differences.ts";

function scalarLoss(b: GraphBuilder, value: string): Graph {
  b.output(b.add("ReduceSum", [value], { keepdims: int(0) }, { outputs: ["loss"] }), []);
  return b.build();
}

interface Evaluated {
  readonly loss: number;
  readonly unreachable: readonly string[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

async function evaluate(
  graph: Graph,
  parameters: readonly string[],
  stop: readonly string[],
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Evaluated> {
  const result = gradients(graph, "loss", parameters, { stop });
  const run = await openGraph(result.graph);
  const out = await run.run(feeds);
  await run.release();
  return {
    loss: out.loss!.data[0]!,
    unreachable: result.unreachable,
    gradients: Object.fromEntries(
      [...result.gradients].map(([p, g]) => [p, Array.from(out[g]!.data)]),
    ),
  };
}

describe("a straight-through estimator", () => {
  /** sum(a * gate(x)): the gate is soft = sigmoid(2x), or hard = [soft > 1/2] with soft's gradient. */
  const gated = (kind: "soft" | "hard"): Graph => {
    const b = new GraphBuilder();
    b.input("x", [6]);
    b.input("a", [6]);
    b.initializer("two", float32s([2], []));
    b.initializer("half", float32s([0.5], []));
    const soft = b.add("Sigmoid", [b.add("Mul", ["x", "two"])]);
    const hard = b.add("Cast", [b.add("Greater", [soft, "half"])], { to: int(1) });
    const rest = b.add("Sub", [hard, soft], {}, { outputs: ["rest"] });
    const gate = kind === "soft" ? soft : b.add("Add", [soft, rest]);
    return scalarLoss(b, b.add("Mul", ["a", gate]));
  };

  it("computes with the hard gate and has the soft gate's gradient", async () => {
    const feeds = { x: uniform(1, [6]), a: uniform(2, [6]) };
    const [x, a] = [feeds.x, feeds.a].map((t) => [
      ...new Float32Array(t.bytes.buffer, t.bytes.byteOffset, 6),
    ]);
    const hard = await evaluate(gated("hard"), ["x", "a"], ["rest"], feeds);
    const soft = await evaluate(gated("soft"), ["x"], [], feeds);
    expect(hard.gradients.x).toEqual(soft.gradients.x);
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
    x!.forEach((value, i) => {
      const s = sigmoid(2 * value);
      expect(hard.gradients.x![i]).toBeCloseTo(2 * a![i]! * s * (1 - s), 5);
      // The gate itself is hard: that is what the other factor sees.
      expect(hard.gradients.a![i]).toBeCloseTo(value > 0 ? 1 : 0, 6);
    });
    const expected = a!.reduce((sum, v, i) => sum + (x![i]! > 0 ? v : 0), 0);
    expect(hard.loss).toBeCloseTo(expected, 5);
    // With nothing stopped the soft parts cancel, and nothing is left to learn from.
    const open = await evaluate(gated("hard"), ["x"], [], feeds);
    for (const g of open.gradients.x!) expect(g).toBeCloseTo(0, 6);
  });
});

describe("a stopped value", () => {
  /** loss = sum(relu(x w) v) */
  const network = () => {
    const b = new GraphBuilder();
    b.input("x", [2, 2]);
    b.initializer("w", float32s([1, 2, 3, 4], [2, 2]));
    b.initializer("v", float32s([1, 2]));
    b.add("MatMul", ["x", "w"], {}, { outputs: ["h"] });
    b.add("Relu", ["h"], {}, { outputs: ["y"] });
    return scalarLoss(b, b.add("Mul", ["y", "v"]));
  };
  const feeds = { x: float32s([1, 1, 2, 0], [2, 2]) };

  it("leaves what it is computed from unreachable, and what reads it as it was", async () => {
    const { gradients: g, unreachable } = await evaluate(network(), ["w", "v"], ["h"], feeds);
    expect(unreachable).toEqual(["w"]);
    expect(g.w).toEqual([0, 0, 0, 0]);
    expect(g.v).toEqual([6, 10]);
  });

  it("may be a parameter, which is then a constant", async () => {
    const { gradients: g, unreachable } = await evaluate(network(), ["w", "v"], ["v"], feeds);
    expect(unreachable).toEqual(["v"]);
    expect(g).toEqual({ w: [3, 6, 1, 2], v: [0, 0] });
  });

  it("stops one way of several: the others go on", async () => {
    const b = new GraphBuilder();
    b.input("x", [2]);
    const square = b.add("Mul", ["x", "x"], {}, { outputs: ["square"] });
    const graph = scalarLoss(b, b.add("Mul", [square, "x"]));
    // d (x^2 x) with x^2 held: x^2
    const { gradients: g } = await evaluate(graph, ["x"], ["square"], { x: float32s([2, -3]) });
    expect(g.x).toEqual([4, 9]);
  });

  it("ends the way before an operator that has no gradient", () => {
    const b = new GraphBuilder();
    b.input("x", [1, 4]);
    const hardmax = b.add("Hardmax", ["x"], {}, { outputs: ["hard"] });
    const graph = scalarLoss(b, b.add("Mul", [hardmax, "x"]));
    expect(() => gradients(graph, "loss", ["x"])).toThrow(/no gradient is known/);
    expect(gradients(graph, "loss", ["x"], { stop: ["hard"] }).unreachable).toEqual([]);
  });

  it("must exist, and leave something to differentiate", () => {
    expect(() => gradients(network(), "loss", ["w"], { stop: ["g"] })).toThrow(
      /stop g is no value of the graph/,
    );
    expect(() => gradients(network(), "loss", ["w"], { stop: ["loss"] })).toThrow(
      /loss loss depends on none of the 1 parameters/,
    );
  });
});
