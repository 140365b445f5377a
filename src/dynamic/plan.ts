/** What is dynamic in a network: which parts are computed only for some inputs, and what decides. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { inferGraph } from "../ops/inference.ts";
import { checkFit } from "./plan-fit.ts";

export { nodesOfRegion } from "./plan-fit.ts";

/** JSON has no NaN: one that was written is null when it is read. */
const threshold = z.number({
  error: ({ input }) =>
    input === null ? "is null, as a NaN is in JSON, expected a number" : undefined,
});

/** A classifier on the way: an input that it is sure of goes no further. */
const ExitSchema = z.strictObject({
  name: z.string(),
  /** The value of its logits, float32 [batch, classes]. */
  logits: z.string(),
  /** Inputs whose largest probability is at least this leave here; above 1 none does. */
  threshold,
  /** Logits are divided by it before the softmax (Guo et al. 2017): probabilities that hold. */
  temperature: z.number().positive(),
  /** Share of its cross-entropy in the loss of a training. */
  weight: z.number().min(0),
});

/** The threshold of an exit that no input takes: no probability is above 1. */
export const NEVER = 2;

const region = {
  name: z.string(),
  /** Names of the nodes that are left out where the region is off. */
  nodes: z.array(z.string()).min(1),
  /** What they read, float32 [batch, C, H, W]. */
  input: z.string(),
  /** What they compute. */
  output: z.string(),
  /** `gate`: a learned value, on where it is at least the threshold; `attention`: a ranking. */
  by: z.enum(["attention", "gate"]),
  /** The value that decides. */
  score: z.string(),
};

const Top = z.strictObject({ rule: z.literal("top"), share: z.number().min(0).max(1) });

/** Share of a training over which what attention drops rises from nothing to what `keep` leaves out. */
const ascent = z.number().min(0).max(1).default(0);

const RegionSchema = z.discriminatedUnion("kind", [
  /** A residual branch as a whole, for each input: score float32 [batch, 1]. */
  z.strictObject({
    kind: z.literal("layer"),
    ...region,
    /** The gate is open where its logit is at least this. */
    threshold,
    /** Share of inputs that a training aims at. */
    target: z.number().min(0).max(1),
  }),
  /**
   * Blocks of positions: score float32 [batch, 1, blocks high, blocks wide]. With y = F(x) or x + F(x)
   * the region's result is after(y) at active positions and x at the others. Where a layer region has
   * the same output, blocks of inputs that it is off for are off too.
   */
  z.strictObject({
    kind: z.literal("spatial"),
    ...region,
    /** Side of a block in positions of the output. */
    block: z.int().min(1),
    /** `add`: the output is added to the input; `replace`: it stands in place of the input. */
    mode: z.enum(["add", "replace"]),
    /** The node that adds, for `add`. */
    sum: z.string().optional(),
    /** Names of the nodes that follow, in order, e.g. the ReLU after a residual sum. */
    after: z.array(z.string()).default([]),
    /** The value that readers of the region read. */
    result: z.string(),
    /**
     * What an active block is told by: among the `top` of its image's blocks; a score of at least the
     * value times its image's mean (`threshold`); a score of at least the value (`score`).
     */
    keep: z.discriminatedUnion("rule", [
      Top,
      z.strictObject({ rule: z.literal("threshold"), value: threshold }),
      z.strictObject({ rule: z.literal("score"), value: threshold }),
    ]),
    ascent,
    target: z.number().min(0).max(1),
  }),
  /** Channels of a convolution's input: score float32 [batch, C]. */
  z.strictObject({
    kind: z.literal("channels"),
    ...region,
    keep: Top,
    ascent,
    target: z.number().min(0).max(1),
  }),
]);

const PlanSchema = z.strictObject({
  version: z.literal(1),
  exits: z.array(ExitSchema),
  regions: z.array(RegionSchema),
  /** What no mechanism handles and stays dense, by operator. */
  dense: z.record(z.string(), z.int()).default({}),
  /** Multiply-accumulates of the network that was converted, for one input. */
  denseMacs: z.number(),
});

export type Exit = z.infer<typeof ExitSchema>;
export type Region = z.infer<typeof RegionSchema>;
export type RegionOf<K extends Region["kind"]> = Extract<Region, { readonly kind: K }>;
export type Spatial = RegionOf<"spatial">;
export type Channels = RegionOf<"channels">;
export type DynamicPlan = z.infer<typeof PlanSchema>;

export const isSpatial = (region: Region): region is Spatial => region.kind === "spatial";

/** The layer region on the same branch: where it is off, so are all blocks. */
export function layerOver(plan: DynamicPlan, region: Region): RegionOf<"layer"> | undefined {
  if (!isSpatial(region)) return undefined;
  return plan.regions.find((each) => each.kind === "layer" && each.output === region.output) as
    | RegionOf<"layer">
    | undefined;
}

/** Layer regions that are part of the masks of blocks, and nothing of their own. */
export function isAbsorbed(plan: DynamicPlan, region: Region): boolean {
  return (
    region.kind === "layer" &&
    plan.regions.some((each) => isSpatial(each) && each.output === region.output)
  );
}

/** Key of the plan in a file's metadata. */
export const PLAN_KEY = "tidemark.dynamic";

/**
 * The dense network with what decides beside it: heads, gates, attention. Its first output is the
 * last classifier's, the others are the exits' logits and the regions' scores, in the plan's order.
 * Run as it is, it computes all of them for every input.
 */
export interface DynamicNetwork {
  readonly graph: Graph;
  readonly plan: DynamicPlan;
}

export function isDynamic(graph: Graph): boolean {
  return Object.hasOwn(graph.metadata, PLAN_KEY);
}

/** @throws UserError where the graph has no plan, or one that does not fit it */
export function dynamicNetwork(graph: Graph, title = graph.name): DynamicNetwork {
  const text = graph.metadata[PLAN_KEY];
  if (text === undefined)
    throw new UserError(`${title} is not dynamic: its metadata have no ${PLAN_KEY}`, {
      hint: "convert it first: tidemark dynamic convert",
      exitCode: 2,
    });
  const plan = PlanSchema.safeParse(parsed(text));
  if (!plan.success)
    throw new UserError(`${title}: its ${PLAN_KEY} is damaged: ${z.prettifyError(plan.error)}`, {
      hint: "calibrate or convert the network anew: tidemark dynamic calibrate, tidemark dynamic convert",
    });
  checkFit(graph, plan.data, title);
  return { graph, plan: plan.data };
}

/** The network as a graph that carries its plan, with all that decides as outputs. */
export function withPlan({ graph, plan }: DynamicNetwork): Graph {
  const { types } = inferGraph(graph, {});
  const outputs = [
    graph.outputs[0]!.name,
    ...plan.exits.map((exit) => exit.logits),
    ...plan.regions.map((each) => each.score),
  ];
  return {
    ...graph,
    outputs: [...new Set(outputs)].map((name) => ({
      name,
      dtype: "float32" as const,
      shape: types.get(name)?.shape,
    })),
    metadata: { ...graph.metadata, [PLAN_KEY]: JSON.stringify(plan) },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
