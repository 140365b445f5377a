/** Gradients of networks as PyTorch's exporter writes them, along the gradient itself. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { int } from "../../../src/graph/attribute.ts";
import { elementCount, numbers, tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../../src/graph/types.ts";
import { readOnnx } from "../../../src/onnx/index.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { openGraph, uniform } from "../../support/finite-differences.ts";

/** The exported network with loss = mean(logits^2), its weights as inputs. */
function exported(name: string): { graph: Graph; weights: ReadonlyMap<string, Tensor> } {
  const file = new URL(`../../data/runtime/${name}.onnx.gz`, import.meta.url);
  const { graph } = readOnnx(gunzipSync(readFileSync(file)));
  const isWeight = (t: Tensor) => t.dtype === "float32" && elementCount(t.dims) > 1;
  const weights = new Map([...graph.initializers].filter(([, t]) => isWeight(t)));
  const logits = graph.outputs[0]!.name;
  const node = (op: string, inputs: string[], output: string, attributes = {}) => ({
    name: output,
    op,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    weights,
    graph: {
      ...graph,
      inputs: [
        ...graph.inputs,
        ...Array.from(weights, ([w, { dtype, dims }]) => ({ name: w, dtype, shape: dims })),
      ],
      initializers: new Map([...graph.initializers].filter(([, t]) => !isWeight(t))),
      nodes: [
        ...graph.nodes,
        node("Mul", [logits, logits], "square"),
        node("ReduceMean", ["square"], "loss", { keepdims: int(0) }),
      ],
    },
  };
}

describe("gradients of exported networks", () => {
  it.each([
    "convnext",
    "densenet",
    "efficientnet",
    "mnasnet",
    "mobilenet_v3",
    "regnet",
    "shufflenet",
    "swin",
    "vit",
  ])("%s", async (name) => {
    const { graph, weights } = exported(name);
    const result = gradients(graph, "loss", [...weights.keys()]);
    expect(result.unreachable).toEqual([]);
    expect(analyze(result.graph).gaps).toEqual([]);
    const image = graph.inputs[0]!;
    const dims = image.shape!.map((d) => (typeof d === "number" ? d : 2));
    const feeds = { [image.name]: uniform(1, dims), ...Object.fromEntries(weights) };
    const backward = await openGraph(result.graph);
    const out = await backward.run(feeds);
    await backward.release();
    const by = (w: string) => out[result.gradients.get(w)!]!.data;
    let square = 0;
    for (const w of weights.keys()) for (const g of by(w)) square += g * g;
    // A step that changes the loss by a thousandth.
    const h = (1e-3 * out.loss!.data[0]!) / square;
    const forward = await openGraph(graph);
    const lossAt = async (distance: number) => {
      const moved = Array.from(weights, ([w, t]): [string, Tensor] => {
        const g = by(w);
        const values = Float64Array.from(numbers(t), (v, i) => v + distance * g[i]!);
        return [w, tensorOf("float32", t.dims, values)];
      });
      const y = await forward.run({ ...feeds, ...Object.fromEntries(moved) });
      const logits = y[graph.outputs[0]!.name]!.data;
      return logits.reduce((sum, v) => sum + v * v, 0) / logits.length;
    };
    const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    await forward.release();
    expect(Math.abs(slope / square - 1)).toBeLessThan(3e-3);
  });

  it("of a recurrent network names what has none", () => {
    const { graph, weights } = exported("recurrent");
    expect(() => gradients(graph, "loss", [...weights.keys()])).toThrow(/LSTM \(.*GRU \(/);
  });
});
