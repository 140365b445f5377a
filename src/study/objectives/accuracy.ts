/**
 * Accuracy of a design's network, trained on the user's own data: few epochs first, and the
 * promising ones on (successive halving). Where designs descend from one another, a design begins
 * with the weights of its nearest ancestor on the front.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { invariant } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { readOnnx, writeOnnx } from "../../onnx/index.ts";
import { builtModule, childTask } from "../../runtime/child/index.ts";
import { parseAugment } from "../../runtime/data/index.ts";
import type { Score } from "../../runtime/training/trainer.ts";
import { recipe } from "../../runtime/training/trainer-recipe.ts";
import type { Design } from "../../search/types.ts";
import { EnvironmentFault, faultOf } from "../environment.ts";
import { type BuiltSpace, defineObjective, errorOf, type Rung } from "../kinds.ts";
import type { Values } from "../types.ts";
import { checkDesigns } from "./accuracy-check.ts";
import { inChild, type Outcome } from "./accuracy-children.ts";
import { AccuracyFiles } from "./accuracy-files.ts";
import { ALIASES, READING, readOf } from "./accuracy-reading.ts";
import { RECIPE, RUNNING, recipeOf } from "./accuracy-recipe.ts";
import { channelsOf, checkReference, isDataPath } from "./accuracy-reference.ts";
import type { TrainInput } from "./accuracy-task.ts";
import { noNetworks } from "./networks.ts";

const TASKS = builtModule(import.meta.url, "./accuracy-task.ts");
const TRAIN = childTask<TrainInput, Outcome<Score>>(TASKS, "trainDesign");

/** Steps before the whole training: with fewer epochs an accuracy says little. */
const MOST_RUNGS = 2;

const schema = z.strictObject({
  data: z.string().min(1).describe("a data set by name (`tidemark data`) or path"),
  ...READING,
  ...RECIPE,
  halving: z
    .number()
    .min(1)
    .max(100)
    .default(2)
    .describe(
      "at 1/halving^2 and 1/halving of the epochs the better 1/halving of a batch goes on; 1: all",
    ),
  ...RUNNING,
});

export const accuracy = defineObjective({
  kind: "accuracy",
  summary: "accuracy on a data set after training, the promising designs longest",
  schema,
  requires: ["data"],
  paths: ["data"],
  isPath: isDataPath,
  checks: { data: checkReference, augment: parseAugment },
  aliases: ALIASES,
  async build(name, setting, space) {
    const graphOf = space.graph?.bind(space);
    if (!graphOf) throw noNetworks(name, "accuracy");
    const options = recipeOf(setting);
    recipe(options);
    const { epochs } = options;
    const read = readOf(setting);
    const steps = rungEpochs(epochs, setting.halving);
    const files = new AccuracyFiles(setting);

    const train = async (
      design: Design,
      parent: Design | undefined,
      folder: string,
      until: number,
    ): Promise<Values> => {
      const network = begun(space, graphOf(design), design, parent, (of) => files.of(folder, of));
      const score = await inChild(
        TRAIN,
        {
          network: writeOnnx(network),
          data: setting.data,
          read,
          channels: channelsOf(network),
          recipe: options,
          threads: setting.threads,
          weights: space.lineage ? "keep" : "draw",
          until,
          files: files.of(folder, design),
          design,
          parent: parent ?? null,
        },
        {
          what: `training ${space.space.describe(design)}`,
          ...(setting.minutes !== undefined && { timeLimitMs: setting.minutes * 60_000 }),
        },
      );
      // A share of whole samples: 28 %, not 28.000000000000004 %.
      return { accuracy: +(100 * score.accuracy).toPrecision(12) };
    };

    return {
      unit: "%",
      goal: "maximize",
      cost: "expensive",
      source: `train ${JSON.stringify(setting)}`,
      field: "accuracy",
      notes: [
        `${name}: trained on ${setting.data} for ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, scored on samples held back (seed ${setting.seed})`,
      ],
      rungs: steps.map((at): Rung => ({ suffix: `@${at}`, keep: 1 / setting.halving })),
      prepare: () =>
        checkDesigns(space, graphOf, { name, data: setting.data, read, recipe: options }),
      async evaluate(designs, { rung, parents, folder }) {
        const until = steps[rung] ?? epochs;
        const out: (Values | Error)[] = [];
        for (const [i, design] of designs.entries()) {
          try {
            out.push(await train(design, parents[i], folder, until));
          } catch (error) {
            const fault = faultOf(error);
            if (fault !== undefined) throw fault;
            out.push(errorOf(error));
          }
        }
        return out;
      },
      retain: (folder, designs) => files.retain(folder, designs),
    };
  },
});

/** Epochs after which the better designs are chosen, ascending. */
export function rungEpochs(epochs: number, halving: number): readonly number[] {
  if (halving === 1) return [];
  const steps = new Set<number>();
  for (let k = MOST_RUNGS; k > 0; k--) {
    const at = Math.round(epochs / halving ** k);
    if (at >= 1 && at < epochs) steps.add(at);
  }
  return [...steps];
}

/** The network to begin with: the design's own, or with what an ancestor has learnt. */
function begun(
  space: BuiltSpace,
  own: Graph,
  design: Design,
  parent: Design | undefined,
  filesOf: (design: Design) => { readonly network: string },
): Graph {
  if (parent === undefined) return own;
  const { network: path } = filesOf(parent);
  if (!existsSync(path))
    throw new EnvironmentFault(
      `the trained network of ${space.space.describe(parent)} is gone: ${path} does not exist`,
      "put the study's folder of files back, or run the study anew",
    );
  invariant(space.lineage, "only designs with a lineage have parents");
  const trained = readOnnx(readFileSync(path), { name: path }).graph;
  return space.lineage.inherit(design, parent, trained);
}
