/**
 * Multi-resolution traversal (RANet, MSDNet): a small network looks at the image at half its resolution
 * first and lets go what it is sure of. What goes on takes its features along: they are added to the
 * full network's where both have one resolution, so that nothing is computed twice.
 */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { sameWindow } from "../../zoo/morphisms/convolution.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import { Patch } from "../../zoo/morphisms/patch.ts";
import { classesOf } from "../classifier.ts";
import { macsOf } from "../macs.ts";
import { type DynamicNetwork, NEVER } from "../plan.ts";
import { cutsOf, type Stage, stagesOf } from "../trunk.ts";
import { addConv, addHead, HALVING, hasNormalization, SAME, type Window } from "./head.ts";
import type { Mechanism, OptionValues } from "./types.ts";

/** Widths are multiples of it: whole blocks of channels on most processors. */
const WIDTH_STEP = 8;
/**
 * What it sees of the image: overlapping patches at half the resolution. A mean of each two by two
 * pixels before a convolution would be one node more, which weighs at batch 1.
 */
const PATCHES: Window = { kernel: 4, stride: 2 };
/** The coarse network's maps are not halved below this side. */
const SMALL_SIDE = 4;

export const multires: Mechanism = {
  name: "multires",
  summary: "a coarse network first, at half the resolution; the full one re-uses its features",
  options: {
    share: {
      kind: "number",
      byDefault: 0.08,
      min: 0.001,
      max: 1,
      summary: "its MACs, of the dense network's",
    },
    depth: {
      kind: "number",
      byDefault: 2,
      min: 1,
      max: 8,
      whole: true,
      summary: "convolutions at each resolution",
    },
    weight: { kind: "number", byDefault: 0.5, min: 0, summary: "share of its loss in training" },
  },
  convert(network, values, seed) {
    const { graph, plan } = network;
    if (plan.exits.some((exit) => exit.name === "coarse"))
      throw new UserError(`${graph.name} has a coarse network already`, {
        hint: "give multires once",
        exitCode: 2,
      });
    const logits = graph.outputs[0]!.name;
    const stages = stagesOf(cutsOf(graph, logits));
    const limit = (values.share as number) * plan.denseMacs;
    let best: DynamicNetwork | undefined;
    for (let width = WIDTH_STEP; ; width += WIDTH_STEP) {
      const added = addCoarse(network, stages, width, values, seed);
      if (macsOf(added.graph) - macsOf(graph) > limit) break;
      best = added;
    }
    if (best === undefined)
      throw new UserError(
        `multires: a coarse network of ${WIDTH_STEP} channels has more than ${values.share as number} of ${graph.name}'s ${plan.denseMacs} MACs`,
        {
          hint: "give it a larger share, e.g. multires:share=0.2, or fewer layers (depth=1)",
          exitCode: 2,
        },
      );
    return best;
  },
};

function addCoarse(
  { graph, plan }: DynamicNetwork,
  stages: readonly Stage[],
  width: number,
  values: OptionValues,
  seed: number,
): DynamicNetwork {
  const patch = new Patch(new Network(graph), "coarse");
  const [image] = graph.inputs;
  const [, channels, height, wide] = image!.shape as readonly [string, number, number, number];
  const normalized = hasNormalization(graph);
  let x = image!.name;
  let from = channels;
  let size: readonly [number, number] = [height >> 1, wide >> 1];
  /** Features by resolution, the last at each. */
  const features = new Map<string, { readonly value: string; readonly channels: number }>();
  for (let level = 0; ; level++) {
    const to = width * 2 ** level;
    for (let i = 0; i < (values.depth as number); i++) {
      const window = i > 0 ? SAME : level > 0 ? HALVING : PATCHES;
      x = addConv(patch, `level${level}.conv${i}`, x, from, to, window, normalized, seed);
      from = to;
    }
    if (level > 0) size = [Math.ceil(size[0] / 2), Math.ceil(size[1] / 2)];
    features.set(size.join(), { value: x, channels: from });
    if (Math.min(...size) / 2 < SMALL_SIDE) break;
  }
  const logits = addHead(patch, { value: x, channels: from, height: 1 }, normalized, {
    classes: classesOf(graph),
    channels: 0,
    seed,
  });
  const outputs = [...graph.outputs, { name: logits, dtype: "float32" as const, shape: undefined }];
  const { joined, names } = join(patch, { ...graph, outputs }, stages, features);
  const exit = {
    name: "coarse",
    logits,
    threshold: NEVER,
    temperature: 1,
    weight: values.weight as number,
  };
  return {
    graph: joined,
    plan: {
      ...plan,
      exits: [exit, ...plan.exits],
      // A region that begins with the stage reads what was added to it.
      regions: plan.regions.map((region) => ({
        ...region,
        input: names.get(region.input) ?? region.input,
      })),
    },
  };
}

/**
 * Adds the coarse network's last features that a stage has the resolution of, through a 1x1 convolution
 * that starts at zero, where that stage begins.
 */
function join(
  patch: Patch,
  graph: Graph,
  stages: readonly Stage[],
  features: ReadonlyMap<string, { readonly value: string; readonly channels: number }>,
): { readonly joined: Graph; readonly names: ReadonlyMap<string, string> } {
  const stage = stages.findLast(({ height, width }) => features.has(`${height},${width}`));
  if (stage === undefined) return { joined: patch.finish(graph), names: new Map() };
  const found = features.get(`${stage.height},${stage.width}`)!;
  const [first] = stage.cuts;
  const point = sameWindow(1, 2);
  const weight = patch.weight(
    "join.weight",
    [first!.channels, found.channels, ...point.kernel],
    (out) => out.fill(0),
  );
  const projected = patch.conv("join", found.value, weight, point);
  const sum = patch.add("Add", "join.sum", [first!.value, projected]);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === first!.value ? sum : name)),
  }));
  return { joined: patch.finish({ ...graph, nodes }), names: new Map([[first!.value, sum]]) };
}
