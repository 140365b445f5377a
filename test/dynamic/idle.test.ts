import { describe, expect, it } from "vitest";
import { deployed } from "../../src/dynamic/deploy/index.ts";
import { idleSums, withoutIdle } from "../../src/dynamic/idle.ts";
import { macsByNode } from "../../src/dynamic/macs.ts";
import { partCosts } from "../../src/dynamic/parts.ts";
import { type DynamicNetwork, withPlan } from "../../src/dynamic/plan.ts";
import { float32s } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { inferGraph } from "../../src/ops/inference.ts";
import {
  expectClose,
  images,
  make,
  outputsOf,
  residualNet,
  tinyNet,
  withDrawn,
} from "./networks.ts";

const typesOf = (graph: Graph) => inferGraph(graph, {}).types;

/** All names of nodes, those in bodies too. */
function nodesOf(graph: Graph): readonly string[] {
  return graph.nodes.flatMap(({ name, attributes }) => [
    name,
    ...Object.values(attributes).flatMap((a) => (a.kind === "graph" ? nodesOf(a.value) : [])),
  ]);
}

const filled = (graph: Graph, names: readonly string[], value: number): Graph => ({
  ...graph,
  initializers: new Map(
    Array.from(graph.initializers, ([name, tensor]) => [
      name,
      names.includes(name)
        ? float32s(
            Array.from({ length: tensor.dims.reduce((a, b) => a * b, 1) }, () => value),
            tensor.dims,
          )
        : tensor,
    ]),
  ),
});

const macsOf = (network: DynamicNetwork, options = {}) =>
  partCosts(network, options).reduce((sum, part) => sum + part.macs, 0);

describe("convolutions that add nothing", () => {
  const network = make(residualNet(), "exits:at=2", "multires:share=0.4,depth=1");

  it("are not deployed, and not counted", async () => {
    const graph = deployed(network);
    expect(nodesOf(graph).filter((name) => /join/.test(name))).toEqual([]);
    const drawn = withDrawn(network, /join/, 0.3);
    expect(nodesOf(deployed(drawn)).filter((name) => /join/.test(name)).length).toBeGreaterThan(1);
    const join = macsByNode(network.graph).get("coarse.join")!;
    expect(join).toBeGreaterThan(0);
    expect(macsOf(drawn) - macsOf(network)).toBe(join);
    expect(macsOf(network, { idle: true })).toBe(macsOf(drawn));

    const feeds = images(network.graph, 3, 1);
    const [want] = Object.values(await outputsOf(withPlan(network), feeds));
    const [have] = Object.values(await outputsOf(graph, feeds));
    expectClose(have!, want!);
  });

  it("beside regions that read the sum", async () => {
    const both = make(residualNet(), "attention:keep=0.5", "multires:share=0.4,depth=1");
    const drawn = withDrawn(both, /join/, 1e-12);
    const feeds = images(both.graph, 3, 1);
    const [want] = Object.values(await outputsOf(deployed(drawn), feeds));
    const [have] = Object.values(await outputsOf(deployed(both), feeds));
    expectClose(have!, want!);
  });

  it("with zeros for a bias, and not with another one, nor where a side is an output", () => {
    const tiny = tinyNet();
    const zero = filled(tiny, ["conv2.weight", "conv2.bias"], 0);
    expect(idleSums(zero, typesOf(zero)).map(({ sum, same }) => [sum.name, same])).toEqual([
      ["sum", "relu0_out"],
    ]);
    expect(withoutIdle(zero, typesOf(zero)).nodes.map((node) => node.name)).not.toContain("conv1");
    const shifted = filled(zero, ["conv2.bias"], 0.1);
    expect(idleSums(shifted, typesOf(shifted))).toEqual([]);
    const read = {
      ...zero,
      outputs: [...zero.outputs, { name: "sum_out", dtype: "float32" as const, shape: undefined }],
    };
    expect(idleSums(read, typesOf(read))).toEqual([]);
    expect(withoutIdle(tiny, typesOf(tiny))).toBe(tiny);
  });
});
