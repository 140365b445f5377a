/**
 * Channel attention (AntiDote): the mean activation of each channel of a convolution's input ranks them,
 * and an image's least active ones are left out. No weights are added; training drops them step by step.
 */
import { UserError } from "../../base/errors.ts";
import { int } from "../../graph/attribute.ts";
import { indexGraph } from "../../graph/edit.ts";
import type { Graph, Node } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import { Patch } from "../../zoo/morphisms/patch.ts";
import { type Channels, type DynamicNetwork, nodesOfRegion } from "../plan.ts";
import { cutsOf, onTheWay, stagesOf } from "../trunk.ts";
import { ASCENT } from "./attention.ts";
import { inStage, wantedStages } from "./stages.ts";
import type { Mechanism } from "./types.ts";
import { isNotNegative } from "./values.ts";

/** Fewer input channels than this are not worth telling apart: an image's are three. */
const LEAST_CHANNELS = 8;

export const channels: Mechanism = {
  name: "channels",
  summary:
    "input channels of convolutions that are least active are left out (AntiDote); no weights",
  options: {
    at: { kind: "stages", byDefault: "all", summary: "stages whose convolutions get masks" },
    keep: {
      kind: "numbers",
      byDefault: 0.5,
      min: 0.01,
      max: 1,
      summary: "share of the channels, for all stages or each (0.7+0.5+0.5)",
    },
    ascent: ASCENT,
  },
  convert(network, values) {
    const { graph, plan } = network;
    const free = convolutions(network);
    const what = `channels: ${graph.name}`;
    if (free.length === 0)
      throw new UserError(
        `${what} has no convolution of ${LEAST_CHANNELS} input channels or more outside of other regions`,
        { hint: "give the other mechanisms some stages only, e.g. layers:at=1", exitCode: 2 },
      );
    const possible = free.map(({ stage }) => stage);
    const stages = wantedStages(what, values, possible, "free convolution");
    const keep = inStage("channels", "keep", values, stages);
    const scores = new Map<string, string>();
    let so: DynamicNetwork = { graph, plan };
    for (const { node, stage } of free.filter((each) => stages.includes(each.stage))) {
      const name = `channels${so.plan.regions.filter((each) => each.kind === "channels").length + 1}`;
      const input = node.inputs[0]!;
      let score = scores.get(input);
      if (score === undefined) {
        const patch = new Patch(new Network(so.graph), name);
        score = channelAttention(patch, so.graph, input);
        scores.set(input, score);
        const output = { name: score, dtype: "float32" as const, shape: undefined };
        const outputs = [...so.graph.outputs, output];
        so = { ...so, graph: patch.finish({ ...so.graph, outputs }) };
      }
      const region: Channels = {
        kind: "channels",
        name,
        nodes: [node.name],
        input,
        output: node.outputs[0]!,
        by: "attention",
        score,
        keep: { rule: "top", share: keep(stage) },
        ascent: values.ascent as number,
        target: keep(stage),
      };
      so = { ...so, plan: { ...so.plan, regions: [...so.plan.regions, region] } };
    }
    return so;
  },
};

/** Convolutions on the way to the logits that no region has and whose channels can be left out. */
function convolutions({ graph, plan }: DynamicNetwork) {
  const taken = new Set(plan.regions.flatMap(nodesOfRegion));
  const logits = graph.outputs[0]!.name;
  const stages = stagesOf(cutsOf(graph, logits));
  const { types } = inferGraph(graph, {});
  const index = indexGraph(graph);
  const sizes = new Map(stages.map((stage) => [`${stage.height},${stage.width}`, stage.number]));
  return onTheWay(graph, logits).flatMap((node): { node: Node; stage: number }[] => {
    if (!isPlainConv(graph, node) || taken.has(node.name)) return [];
    const shape = types.get(node.inputs[0]!)?.shape;
    const stage = sizes.get(types.get(node.outputs[0]!)?.shape?.slice(2).join() ?? "");
    const computed = index.producer(node.inputs[0]!) !== undefined;
    return stage !== undefined && computed && Number(shape?.[1]) >= LEAST_CHANNELS
      ? [{ node, stage }]
      : [];
  });
}

function isPlainConv(graph: Graph, { op, domain, inputs, attributes }: Node): boolean {
  const { group } = attributes;
  return (
    op === "Conv" &&
    domain === "" &&
    graph.initializers.has(inputs[1]!) &&
    (group === undefined || (group.kind === "int" && group.value === 1))
  );
}

/** Mean magnitude over space, [batch, C]. */
function channelAttention(patch: Patch, graph: Graph, input: string): string {
  const size = isNotNegative(graph, input) ? input : patch.add("Abs", "abs", [input]);
  const mean = patch.add("GlobalAveragePool", "mean", [size]);
  return patch.add("Flatten", "flatten", [mean], { axis: int(1) });
}
