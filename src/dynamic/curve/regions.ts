/**
 * Where a network could be computed on active blocks alone: the branches of its residual blocks, and
 * runs of convolutions that keep their shape, so that what is left out can stay as it was before.
 */
import { UserError } from "../../base/errors.ts";
import { reads } from "../../graph/check.ts";
import { indexGraph } from "../../graph/edit.ts";
import type { Analysis, AnalyzedNode } from "../../ops/types.ts";
import { between, residualsOf } from "../residuals.ts";
import { type Cut, cutsOf, type Stage, stagesOf } from "../trunk.ts";

export interface FoundRegion {
  /** Name of its first convolution. */
  readonly name: string;
  readonly kind: "residual" | "run" | "sizes";
  /** From 1; 0 where it stands for itself. */
  readonly stage: number;
  /** In order. */
  readonly nodes: readonly string[];
  /** Of its result. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Regions of the network that are like it, itself among them. */
  readonly times: number;
  /** Multiply-accumulates of all of them, for the batch. */
  readonly macs: number;
}

export interface FoundRegions {
  /** One of each kind, in order. */
  readonly regions: readonly FoundRegion[];
  /** Residual branches that cannot be computed on blocks, with the operator that cannot. */
  readonly left: readonly { readonly name: string; readonly op: string }[];
  /** Of the network's multiply-accumulates, those in regions. */
  readonly share: number;
}

/** A longer chain would compute its inner halos again and again. */
const MOST_CONVOLUTIONS = 2;

/**
 * @param analysis of a network whose sizes are all known
 * @throws UserError where the network has no image that a trunk could begin with
 */
export function regionsOf(analysis: Analysis): FoundRegions {
  const { graph } = analysis;
  const [image, output] = [graph.inputs[0], graph.outputs[0]];
  if (image?.shape?.length !== 4 || output === undefined)
    throw new UserError(
      `${graph.name}: its first input is ${image === undefined ? "absent" : `[${image.shape?.join(", ") ?? "?"}]`}, expected [batch, channels, height, width]`,
      {
        hint: "give a network of images, or the sizes of a region: --region 64x56x56",
        exitCode: 2,
      },
    );
  const known = new Map(analysis.nodes.map((each) => [each.node.name, each]));
  const stages = stagesOf(cutsOf(graph, output.name));
  const found: Candidate[] = [];
  const left: { name: string; op: string }[] = [];
  for (const candidate of residuals(analysis, stages, known)) {
    const odd = candidate.nodes.find((name) => !onBlocks(known.get(name)));
    const name = candidate.nodes[0]!;
    if (odd === undefined) found.push(candidate);
    else left.push({ name, op: known.get(odd)?.node.op ?? "?" });
  }
  const taken = new Set(found.flatMap((each) => each.nodes));
  for (const stage of stages) found.push(...runsOf(analysis, stage, known, taken));
  const order = new Map(analysis.nodes.map((each, i) => [each.node.name, i]));
  found.sort((a, b) => order.get(a.nodes[0]!)! - order.get(b.nodes[0]!)!);
  const macsOf = ({ nodes }: Candidate) =>
    nodes.reduce((sum, name) => sum + (known.get(name)?.macs ?? 0), 0);
  const groups = new Map<string, Candidate[]>();
  for (const each of found) {
    const key = signature(each, known);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const total = analysis.totals.macs;
  return {
    regions: [...groups.values()].map((same) => {
      const [first] = same as [Candidate];
      const { kind, stage, nodes, cut } = first;
      return {
        name: nodes.find((name) => isConv(known.get(name))) ?? nodes[0]!,
        kind,
        stage,
        nodes,
        channels: cut.channels,
        height: cut.height,
        width: cut.width,
        times: same.length,
        macs: same.reduce((sum, each) => sum + macsOf(each), 0),
      };
    }),
    left,
    share: total === 0 ? 0 : found.reduce((sum, each) => sum + macsOf(each), 0) / total,
  };
}

interface Candidate {
  readonly kind: "residual" | "run";
  readonly stage: number;
  readonly nodes: readonly string[];
  readonly cut: Cut;
}

type Known = ReadonlyMap<string, AnalyzedNode>;

const isConv = (each: AnalyzedNode | undefined) => each?.work.kind === "conv";

function onBlocks(each: AnalyzedNode | undefined): boolean {
  if (each === undefined) return false;
  const { work } = each;
  return work.kind === "conv"
    ? !work.transposed && !work.deformable
    : work.kind === "pointwise" || work.kind === "view";
}

/** Branches with their sum, and an activation that alone reads it. */
function residuals(
  { graph }: Analysis,
  stages: readonly Stage[],
  known: Known,
): readonly Candidate[] {
  const index = indexGraph(graph);
  return residualsOf(graph, stages).map(({ stage, from, nodes, sum }) => {
    const own = [...nodes, sum];
    const result = known.get(sum)!.node.outputs[0]!;
    const [reader, ...others] = index.consumers(result);
    const after = reader === undefined ? undefined : known.get(reader.name);
    if (
      others.length === 0 &&
      !index.isOutput(result) &&
      after?.work.kind === "pointwise" &&
      [...reads(after.node)].filter((name) => !graph.initializers.has(name)).length === 1
    )
      own.push(after.node.name);
    return { kind: "residual", stage, nodes: own, cut: from };
  });
}

/** Convolutions from one cut to the next of the same shape, up to {@link MOST_CONVOLUTIONS}. */
function runsOf(
  { graph }: Analysis,
  { number, cuts }: Stage,
  known: Known,
  taken: ReadonlySet<string>,
): readonly Candidate[] {
  const out: Candidate[] = [];
  let nodes: string[] = [];
  const close = (cut: Cut) => {
    if (nodes.length > 0) out.push({ kind: "run", stage: number, nodes, cut });
    nodes = [];
  };
  const convolutions = (names: readonly string[]) =>
    names.filter((name) => isConv(known.get(name))).length;
  for (const [i, cut] of cuts.entries()) {
    const before = cuts[i - 1];
    if (before === undefined) continue;
    const step = between(graph, before.value, cut.value);
    const suits =
      step !== undefined &&
      before.channels === cut.channels &&
      step.every((name) => !taken.has(name) && onBlocks(known.get(name)));
    const more = suits ? convolutions(step) : 0;
    if (!suits || convolutions(nodes) + more > MOST_CONVOLUTIONS) close(before);
    // It begins with a convolution; elementwise nodes before belong to what was computed before.
    if (suits && (nodes.length > 0 || more > 0)) nodes.push(...step);
  }
  close(cuts.at(-1)!);
  return out;
}

/** Equal where the kernels are. */
function signature({ kind, nodes, cut }: Candidate, known: Known): string {
  const work = nodes.map((name) => {
    const each = known.get(name)!;
    return [each.node.op, each.work, each.outputs.map((value) => value?.shape)];
  });
  return JSON.stringify([kind, cut.channels, cut.height, cut.width, work]);
}
