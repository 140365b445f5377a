import { describe, expect, it } from "vitest";
import { float, int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { int64s } from "../../../src/graph/tensor.ts";
import { checkGradients, uniform } from "../../support/finite-differences.ts";

describe("a small network", () => {
  it("has the gradients that differences give", async () => {
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
});
