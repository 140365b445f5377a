/**
 * Channels left out: for a single image the kept ones are gathered, of the input and of the weights, and
 * convolved. Images of a batch keep different channels, and their convolution reads zeros for the others.
 */
import { graphAttribute, int } from "../../graph/attribute.ts";
import type { Graph, Node } from "../../graph/types.ts";
import { GradientBuilder } from "../../ops/gradients/builder.ts";
import { Formula } from "../../runtime/training/formula.ts";
import { channelMask, topCount } from "../masks.ts";
import type { Channels, DynamicPlan } from "../plan.ts";
import { rewriteRegions } from "../rewrite.ts";
import { Scope, type Types } from "./scope.ts";

/** @param types of the values before regions were put in */
export function deployChannels(graph: Graph, plan: DynamicPlan, types: Types): Graph {
  const regions = plan.regions.filter((region) => region.kind === "channels");
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  return rewriteRegions(graph, plan, regions, (builder) => (region) => {
    const conv = byName.get(region.nodes[0]!)!;
    const count = types.get(region.input)!.shape![1] as number;
    if (topCount(region.keep.share, count) === count)
      builder.add(conv.op, conv.inputs, conv.attributes, conv);
    else writeChannels(builder, graph, region, conv, count);
  });
}

function writeChannels(
  builder: GradientBuilder,
  graph: Graph,
  region: Channels,
  conv: Node,
  count: number,
): void {
  const v = new Formula(builder).scoped(region.name);
  const batch = v.apply("Gather", [v.apply("Shape", [region.input]), v.integers(0)]);
  const single = v.apply("Reshape", [v.apply("Equal", [batch, v.integers(1)]), v.integers()]);
  const [weight, ...bias] = conv.inputs.slice(1) as [string, ...string[]];

  const one = new Scope(builder.fresh, `${region.name}/one`);
  const k = one.integers(topCount(region.keep.share, count));
  const [values, found] = [one.fresh("values"), one.fresh("found")];
  one.addMany("TopK", "top", [region.score, k], [values, found], { axis: int(1) });
  const kept = one.add("Reshape", "kept", [found, one.integers(-1)]);
  const own = one.add("Gather", "channels", [region.input, kept], { axis: int(1) });
  const rows = one.add("Gather", "weights", [weight, kept], { axis: int(1) });
  const few = one.add("Conv", "conv", [own, rows, ...bias], conv.attributes);

  const several = maskedConv(builder.fresh, graph, region, conv, count);
  const value = (name: string) => [{ name, dtype: "float32" as const, shape: undefined }];
  builder.add(
    "If",
    [single],
    {
      then_branch: graphAttribute(one.body(`${region.name}: one image`, value(few))),
      else_branch: graphAttribute(several),
    },
    { name: conv.name, outputs: conv.outputs },
  );
}

/**
 * The convolution of the masked input as a body. Its weights are its own, a second time: ONNX Runtime lays
 * out for its kernels only those of the body that a convolution stands in.
 */
function maskedConv(
  fresh: (wanted: string) => string,
  graph: Graph,
  region: Channels,
  conv: Node,
  count: number,
): Graph {
  const body = new GradientBuilder({ name: `${region.name}: several` }, fresh);
  for (const name of new Set([region.input, region.score])) body.input(name, undefined);
  const v = new Formula(body).scoped(`${region.name}/many`);
  const each = v.reshape(channelMask(v, region, count), [0, -1, 1, 1]);
  const constants = conv.inputs.slice(1).map((name) => {
    const tensor = graph.initializers.get(name);
    if (name === "" || tensor === undefined) return name;
    return body.initializer(fresh(`${region.name}/many/${name}`), tensor);
  });
  const masked = v.mul(region.input, each);
  body.output(v.apply("Conv", [masked, ...constants], conv.attributes));
  return { ...body.build(), inputs: [], opsets: new Map() };
}
