/** Sets the thresholds of a trained dynamic network and evaluates it; runs in a child process. */
import { readFileSync } from "node:fs";
import { mean } from "../../base/stats.ts";
import { deployed } from "../../dynamic/deploy/index.ts";
import { answersOf } from "../../dynamic/evaluation/answers.ts";
import { calibrate } from "../../dynamic/evaluation/calibrate.ts";
import { outcomesOf } from "../../dynamic/evaluation/outcomes.ts";
import { timeSides } from "../../dynamic/evaluation/timing.ts";
import { macsOfInput, partCosts } from "../../dynamic/parts.ts";
import { type DynamicNetwork, dynamicNetwork, NEVER } from "../../dynamic/plan.ts";
import { readOnnx } from "../../onnx/index.ts";
import { holdOut } from "../../runtime/data/index.ts";
import { normalizationFor } from "../../runtime/training/model-score.ts";
import { fitNetwork } from "../../runtime/training/trainer-network.ts";
import { type RecipeOptions, recipe } from "../../runtime/training/trainer-recipe.ts";
import { splitViews } from "../../runtime/training/trainer-views.ts";
import { onOwnFiles } from "../environment.ts";
import { type Outcome, outcomeOf } from "./accuracy-children.ts";
import { type DataReference, datasetAgain } from "./accuracy-data.ts";
import { nothingToScore } from "./accuracy-task.ts";

export interface DynamicInput extends DataReference {
  /** ONNX file of the trained network with its plan. */
  readonly network: string;
  readonly recipe: RecipeOptions;
  readonly threads: number;
  /** Points of accuracy that the thresholds may lose; absent: there are no exits. */
  readonly drop?: number | undefined;
  /** Absent: no time is measured. */
  readonly time?: { readonly batch: number; readonly rounds: number; readonly images: number };
}

export interface DynamicScore {
  readonly accuracy: number;
  /** Multiply-accumulates of an input. */
  readonly averageMacs: number;
  /** Of one that takes no exit and all of every region. */
  readonly worstMacs: number;
  /** Of each sample that was scored. */
  readonly exits: readonly number[];
  /** Share of each region that was on for each of them, [region][sample]. */
  readonly on: readonly (readonly number[])[];
  /** Milliseconds an image. */
  readonly averageMs?: number;
  /** Of the same images, were none to leave early. */
  readonly worstMs?: number;
}

/** Half of the samples held back sets the thresholds, the other half is scored. */
export function evaluateDynamic(input: DynamicInput): Promise<Outcome<DynamicScore>> {
  return outcomeOf(() => evaluate(input));
}

async function evaluate(input: DynamicInput): Promise<DynamicScore> {
  const { threads, drop, time } = input;
  const dataset = await datasetAgain(input);
  const bytes = onOwnFiles(`${input.network} cannot be read`, () => readFileSync(input.network));
  const trained = dynamicNetwork(readOnnx(bytes, { name: "design" }).graph);
  const { outputs } = trained.graph;
  const fit = fitNetwork({ ...trained.graph, outputs: [outputs[0]!] }, dataset);
  const free = outputs.map((output) => ({ ...output, shape: undefined }));
  let network: DynamicNetwork = { graph: { ...fit, outputs: free }, plan: trained.plan };
  const normalization = normalizationFor(trained.graph, dataset, "design");
  const wanted = recipe(input.recipe);
  const held = splitViews(dataset, wanted).validation;
  if (held === undefined) throw nothingToScore();
  const { kept, held: scored } = holdOut(held, dataset.classes, 0.5, wanted.seed, "validation");
  if (drop !== undefined) {
    const answers = await answersOf(network, kept, { normalization, threads });
    const end = { ...network.plan, exits: network.plan.exits.map(never) };
    const { correct } = outcomesOf({ ...network, plan: end }, answers);
    const atLeast = mean(correct) - drop / 100;
    network = calibrate(network, answers, { kind: "accuracy", atLeast }).network;
  }
  const answers = await answersOf(network, scored, { normalization, threads });
  const { correct, macs, exits } = outcomesOf(network, answers);
  const { plan } = network;
  const score = {
    accuracy: mean(correct),
    averageMacs: mean(macs),
    worstMacs: macsOfInput(partCosts(network), plan.exits.length, () => 1),
    exits: Array.from(exits),
    on: answers.on.map((shares) => Array.from(shares)),
  };
  if (time === undefined) return score;
  const worst = { ...network, plan: { ...plan, exits: plan.exits.map(never) } };
  const sides = await timeSides(
    [
      { name: "average", graph: deployed(network) },
      { name: "worst", graph: deployed(worst) },
    ],
    scored,
    {
      batch: Math.min(time.batch, scored.indices.length),
      batches: Math.max(1, Math.ceil(time.images / time.batch)),
      rounds: time.rounds,
      threads,
      normalization,
    },
  );
  return { ...score, averageMs: sides[0]!.msPerImage, worstMs: sides[1]!.msPerImage };
}

/** Nobody leaves there. */
const never = <E extends { readonly threshold: number }>(exit: E): E => ({
  ...exit,
  threshold: NEVER,
});
