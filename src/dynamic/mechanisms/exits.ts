/** Early exits: a classifier at the end of a stage lets inputs go that it is sure of (MSDNet's rule). */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import { Patch } from "../../zoo/morphisms/patch.ts";
import { classesOf } from "../classifier.ts";
import { type DynamicNetwork, NEVER } from "../plan.ts";
import { type Cut, cutsOf, onTheWay, type Stage, stagesOf } from "../trunk.ts";
import { addHead, hasNormalization } from "./head.ts";
import type { Mechanism, OptionValues } from "./types.ts";

/** More channels than any stage of a common network: a mistyped width is told, not allocated. */
const WIDEST = 16_384;

const POOLS = new Set(["MaxPool", "AveragePool"]);

export const exits: Mechanism = {
  name: "exits",
  summary: "classifiers at the ends of stages; inputs that one is sure of go no further",
  options: {
    at: { kind: "stages", byDefault: "all", summary: "stages that end with an exit" },
    width: {
      kind: "number",
      byDefault: 0,
      min: 0,
      max: WIDEST,
      whole: true,
      summary: "channels of the head's convolution; 0: those of the stage",
    },
    weight: { kind: "number", byDefault: 0.5, min: 0, summary: "share of its loss in training" },
  },
  convert(network, values, seed) {
    const stages = stagesOf(cutsOf(network.graph, network.graph.outputs[0]!.name));
    const possible = stages.slice(0, -1).filter(worthLeaving(network.graph)).map(numberOf);
    const wanted = values.at === "all" ? possible : [...new Set(values.at as readonly number[])];
    for (const stage of wanted)
      if (!possible.includes(stage))
        throw new UserError(
          `exits: ${network.graph.name} has ${possible.length === 0 ? "no stage" : `the stages ${possible.join(", ")}`} to leave at, not ${stage}`,
          { hint: "choose among them: exits:at=1+2", exitCode: 2 },
        );
    if (wanted.length === 0)
      throw new UserError(`exits: ${network.graph.name} has no end of a stage before its last`, {
        hint: "choose another mechanism; exits need two resolutions at least",
        exitCode: 2,
      });
    const taken = wanted.find((stage) => network.plan.exits.some(({ name }) => name === at(stage)));
    if (taken !== undefined)
      throw new UserError(`exits: ${network.graph.name} has an exit at stage ${taken} already`, {
        hint: "name each stage once, e.g. -m exits:at=1,width=16 -m exits:at=2,width=32",
        exitCode: 2,
      });
    const { graph, plan } = wanted.reduce((so, stage) => addExit(so, stage, values, seed), network);
    // Inputs leave in the order in which the stages run, whatever that of the options is.
    const order = stages.map(({ number }) => at(number));
    const inOrder = plan.exits.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return { graph, plan: { ...plan, exits: inOrder } };
  },
};

const numberOf = ({ number }: Stage) => number;

/** Name of the exit at a stage. */
const at = (stage: number) => `exit${stage}`;

/** Whether a convolution follows: behind the last one an exit would save nothing. */
function worthLeaving(graph: Graph): (stage: Stage) => boolean {
  const nodes = onTheWay(graph, graph.outputs[0]!.name);
  const last = nodes.findLastIndex((node) => node.op === "Conv");
  return ({ end }) => end.position <= last;
}

function addExit(
  network: DynamicNetwork,
  stage: number,
  values: OptionValues,
  seed: number,
): DynamicNetwork {
  const { graph, plan } = network;
  const end = placeOf(graph, stagesOf(cutsOf(graph, graph.outputs[0]!.name)), stage);
  const name = at(stage);
  const patch = new Patch(new Network(graph), name);
  const logits = addHead(patch, end, hasNormalization(graph), {
    classes: classesOf(graph),
    channels: (values.width as number) || end.channels,
    seed,
  });
  const exit = { name, logits, threshold: NEVER, temperature: 1, weight: values.weight as number };
  return {
    graph: patch.finish({
      ...graph,
      outputs: [...graph.outputs, { name: logits, dtype: "float32", shape: undefined }],
    }),
    plan: { ...plan, exits: [...plan.exits, exit] },
  };
}

/**
 * The end of the stage; behind the pooling where that is all that follows: the head is cheaper there,
 * and less goes on.
 */
function placeOf(graph: Graph, stages: readonly Stage[], stage: number): Cut {
  const { end } = stages[stage - 1]!;
  const next = stages[stage]!.cuts[0]!;
  const maker = graph.nodes.find((node) => node.outputs.includes(next.value))!;
  return POOLS.has(maker.op) && maker.inputs[0] === end.value ? next : end;
}
