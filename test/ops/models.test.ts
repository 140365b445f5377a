import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { sharedPath } from "../shared.ts";

interface Published {
  readonly params: number;
  readonly conv_macs: number;
  readonly linear_macs: number;
}

describe.each(["densenet121", "mobilenet_v2", "resnet18", "vgg16"])("%s from PyTorch", (name) => {
  const model = sharedPath(`data/models/${name}.onnx.gz`);
  const facts = sharedPath(`data/models/${name}.json`);

  test.skipIf(!model || !facts)("has the published MACs, and no gaps", () => {
    const graph = openOnnx(model!).graph;
    const want = JSON.parse(readFileSync(facts!, "utf8")) as Published;
    const a = analyze(graph);
    expect(a.gaps).toEqual([]);
    expect(a.bound).toEqual({ batch: 1 });
    expect(a.types.get("output")!.shape).toEqual(["batch", 1000]);
    const { Conv = 0, Gemm = 0, MatMul = 0, ...rest } = a.totals.macsByOp;
    expect([Conv, Gemm + MatMul, rest]).toEqual([want.conv_macs, want.linear_macs, {}]);
    // The exporter folds BatchNormalization into the convolution before it, so that factor and
    // shift become one bias, and stores equal weights once, with an Identity for each further one.
    const statistics = new Set(
      graph.nodes.flatMap((n) => (n.op === "BatchNormalization" ? n.inputs.slice(3) : [])),
    );
    let saved = 0;
    for (const n of a.nodes) {
      if (n.work.kind === "conv" && n.work.bias && name !== "vgg16") saved += n.work.outChannels;
      if (n.node.op === "Identity" && n.folded && !statistics.has(n.node.outputs[0]!))
        saved += (n.outputs[0]!.shape as readonly number[]).reduce((x, y) => x * y, 1);
    }
    expect(a.totals.params + saved).toBe(want.params);
    const eight = analyze(graph, { bind: { batch: 8 } });
    expect(eight.totals.macs).toBe(8 * a.totals.macs);
  });
});
