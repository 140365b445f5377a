import { describe, expect, it } from "vitest";
import { convert } from "../../src/dynamic/convert.ts";
import { deployed } from "../../src/dynamic/deploy/index.ts";
import { parseMechanism } from "../../src/dynamic/spec.ts";
import { graphAttribute, subgraphs } from "../../src/graph/attribute.ts";
import { checkGraph } from "../../src/graph/check.ts";
import type { Graph, Node } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { openGroups, parseExpansion } from "../../web/src/graph-view/expansion.ts";
import { compoundLayout } from "../../web/src/graph-view/layout/compound.ts";
import { unfold } from "../../web/src/graph-view/unfold.ts";
import { analyzed, factsOf, outlined } from "../../web/src/views/design/analysis.ts";
import { itemsIn, missingIn, withSums } from "../../web/src/views/design/costs.ts";

const dense = buildNetwork("resnet-cifar", {
  depth: 8,
  channels1: 8,
  channels2: 8,
  channels3: 16,
  resolution: 16,
});
/** As `tidemark dynamic export` writes it. */
const network = deployed(convert(dense, [parseMechanism("exits")], 1));

function designOf(graph: Graph) {
  const unfolded = unfold(graph);
  const found = analyzed(graph, unfolded, { batch: undefined, bind: {} });
  const outline = outlined(unfolded, found);
  return { unfolded, found, outline, facts: factsOf(found, outline) };
}

const allNodes = (graph: Graph): Node[] =>
  graph.nodes.flatMap((node) => [node, ...subgraphs(node).flatMap(allNodes)]);

describe("a network with If", () => {
  const { unfolded, outline, facts } = designOf(network);
  const branches = outline.groups.flatMap((group, g) => (group.branch ? [{ group, g }] : []));

  it("has its branches' nodes among the others, in a graph that holds together", () => {
    expect(unfolded.graph.nodes.length).toBe(allNodes(network).length);
    expect(unfolded.graph.nodes.flatMap(subgraphs)).toEqual([]);
    checkGraph(unfolded.graph);
  });

  it("has a group for each branch that opens and folds", () => {
    const ifs = unfolded.graph.nodes.filter(({ op }) => op === "If").length;
    expect(ifs).toBeGreaterThan(0);
    expect(branches.map(({ group }) => group.label).sort()).toEqual([
      ...Array<string>(ifs).fill("else"),
      ...Array<string>(ifs).fill("then"),
    ]);
    const drawn = (base: string) =>
      new Set(compoundLayout(outline, openGroups(outline, parseExpansion(base))).entities);
    for (const { g } of branches) {
      expect(drawn("all").has(outline.kinds.length + g)).toBe(true);
      for (const item of itemsIn(outline, outline.kinds.length + g)) {
        expect(drawn("all").has(item)).toBe(true);
        expect(drawn("none").has(item)).toBe(false);
      }
    }
  });

  it("joins what a branch reads from outside to it, and what it gives to the If and its outputs", () => {
    const pairs: (readonly [number, number])[] = [];
    for (let e = 0; e < outline.edges.length; e += 2)
      pairs.push([outline.edges[e]!, outline.edges[e + 1]!]);
    const then = branches.find(({ group }) => group.label === "then")!;
    const inside = new Set(itemsIn(outline, outline.kinds.length + then.g));
    expect(pairs.some(([a, b]) => !inside.has(a) && inside.has(b))).toBe(true);
    const exits = pairs.filter(([a, b]) => inside.has(a) && !inside.has(b)).map(([, b]) => b);
    expect(exits.length).toBeGreaterThan(0);
    for (const item of exits) expect(unfolded.graph.nodes[outline.places[item]!]!.op).toBe("If");
    expect(pairs.some(([a]) => a === exits[0])).toBe(true);
  });

  it("counts what is inside, as one input takes it, and adds it to no total", () => {
    // Each convolution of the dense network stands in the file once, some in a branch; exits add their own.
    const byOp = (graph: Graph) => analyze(graph, { bind: { batch: 1 } }).totals.macsByOp;
    const isConv = (item: number) =>
      unfolded.graph.nodes[outline.places[item]!]?.op === "Conv" &&
      !/exit\d\.conv$/.test(outline.names[item]!);
    const convs = outline.kinds.flatMap((kind, i) => (kind === "node" && isConv(i) ? [i] : []));
    const macs = convs.reduce((sum, i) => sum + facts.macs[i]!, 0);
    expect(macs).toBe(byOp(dense).Conv);
    expect(facts.totals.macs).toBeLessThan(macs);
    const counted = outline.kinds.flatMap((_, i) => (facts.conditional[i] ? [] : [facts.macs[i]!]));
    expect(counted.reduce((a, b) => a + b, 0)).toBe(facts.totals.macs);
    expect(facts.gaps.reduce((n, { count }) => n + count, 0)).toBeGreaterThan(0);
    for (const { g, group } of branches) {
      const sums = withSums(outline, facts.macs);
      if (group.label === "then") expect(sums[outline.kinds.length + g]).toBeGreaterThan(0);
    }
  });
});

it("a branch counts in no sum of the blocks around it, which say how much they lack", () => {
  const then = { ...network, name: "x" };
  const body: Graph = {
    ...dense,
    inputs: [],
    nodes: dense.nodes.map((n) => ({
      ...n,
      inputs: n.inputs.map((v) => (v === dense.inputs[0]!.name ? "image" : v)),
      outputs: n.outputs,
    })),
  };
  const small: Graph = {
    ...then,
    inputs: [
      { ...dense.inputs[0]!, name: "image" },
      { name: "some", dtype: "bool", shape: [] },
    ],
    nodes: [
      {
        name: "block/choose/If",
        op: "If",
        domain: "",
        inputs: ["some"],
        outputs: ["y"],
        attributes: { then_branch: graphAttribute(body), else_branch: graphAttribute(body) },
      },
      ...["a", "b", "c"].map((name, i) => ({
        name: `block/${name}/Relu`,
        op: "Relu",
        domain: "",
        inputs: [["y", "a", "b"][i]!],
        outputs: [name],
        attributes: {},
      })),
      { name: "last/Relu", op: "Relu", domain: "", inputs: ["c"], outputs: ["z"], attributes: {} },
    ],
    outputs: [{ ...dense.outputs[0]!, name: "z" }],
    initializers: new Map(),
    declared: new Map(),
  };
  const { outline, facts } = designOf(small);
  const items = outline.kinds.length;
  const block = items + outline.groups.findIndex(({ path }) => path === "block");
  const branch = items + outline.groups.findIndex(({ label }) => label === "then");
  const macs = withSums(outline, facts.macs);
  const gaps = Float64Array.from(facts.uncounted, (reason) => (reason ? 1 : 0));
  expect(macs[branch]).toBe(analyze(dense, { bind: { batch: 1 } }).totals.macs);
  expect(macs[block]).toBe(0);
  expect(missingIn(outline, gaps)[branch]).toBe(0);
  const inBranches = outline.groups.filter((g) => g.branch).reduce((n, g) => n + g.size, 0);
  expect(missingIn(outline, gaps)[block]).toBe(1 + inBranches);
});
