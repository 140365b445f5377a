/** Trains one design; runs in a child process, where a native crash takes nothing else down. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { UserError } from "../../base/errors.ts";
import { dynamicForm } from "../../dynamic/training/maker.ts";
import { readOnnx, writeOnnx } from "../../onnx/index.ts";
import { Batches, normalizationOf } from "../../runtime/data/index.ts";
import { makeFolder } from "../../runtime/folder.ts";
import { type FormRequest, makerFor } from "../../runtime/training/form-maker.ts";
import { type Score, type Snapshot, Trainer } from "../../runtime/training/trainer.ts";
import type { SampleForm } from "../../runtime/training/trainer-network.ts";
import {
  type RecipeOptions,
  recipe,
  type SizedRecipe,
  sized,
} from "../../runtime/training/trainer-recipe.ts";
import { splitViews } from "../../runtime/training/trainer-views.ts";
import { faultOf, onOwnFiles } from "../environment.ts";
import { type Outcome, outcomeOf } from "./accuracy-children.ts";
import { type DataReference, datasetAgain, datasetOf } from "./accuracy-data.ts";
import type { DesignFiles } from "./accuracy-files.ts";
import { aboutObjective, inKeys } from "./accuracy-reading.ts";
import { removeLeftParts, writeWhole } from "./part-file.ts";

export interface TrainInput extends DataReference {
  /** ONNX. */
  readonly network: Uint8Array;
  readonly recipe: RecipeOptions;
  readonly threads: number;
  /** `keep`: what the network has, e.g. a parent's. */
  readonly weights: "keep" | "draw";
  /** Absent: the network is trained as it is. */
  readonly form?: FormRequest;
  /** Epochs to have trained at the end. */
  readonly until: number;
  readonly files: DesignFiles;
  readonly design: Readonly<Record<string, unknown>>;
  /** The design that the weights come from. */
  readonly parent: Readonly<Record<string, unknown>> | null;
}

interface Standing {
  readonly design: TrainInput["design"];
  readonly parent: TrainInput["parent"];
  /** After each epoch. */
  readonly scores: readonly Score[];
}

interface Checkpoint extends Standing {
  readonly snapshot: Snapshot;
}

export interface FormInput extends DataReference {
  /** Of the objective. */
  readonly name: string;
  /** Absent: nothing is trained. */
  readonly recipe?: RecipeOptions;
}

/** What a network must know of the data to be trained on it. */
export interface DataForm extends SampleForm {
  /** Steps in an epoch, and samples in a step; absent where nothing is trained. */
  readonly training?: { readonly perEpoch: number; readonly recipe: SizedRecipe };
}

/** @throws UserError where the data cannot be read, or data and recipe do not fit together */
export async function dataForm(input: FormInput): Promise<Outcome<DataForm>> {
  const value = await aboutObjective(input.name, async () => {
    const dataset = await datasetOf(input);
    const { name, classes } = dataset;
    const form = { name, classes, train: { shape: dataset.train.shape } };
    if (input.recipe === undefined) return form;
    const wanted = recipe(input.recipe);
    const views = splitViews(dataset, wanted);
    const checked = sized(wanted, views.train.indices.length);
    if (views.validation === undefined && views.test === undefined) throw nothingToScore();
    const { perEpoch } = new Batches(views.train, {
      batch: checked.batch,
      normalization: normalizationOf(views.train),
      labels: checked.augment.mixup === undefined ? "indices" : "soft",
      classes: dataset.classes.length,
      augment: checked.augment,
      last: "drop",
    });
    return { ...form, training: { perEpoch, recipe: checked } };
  });
  return { value };
}

/**
 * Continues where the design's files say it stands.
 *
 * @returns the score after `until` epochs, on the validation split, or the test split where there is
 *   none
 */
export function trainDesign(input: TrainInput): Promise<Outcome<Score>> {
  return outcomeOf(() => inKeys(() => train(input)));
}

async function train(input: TrainInput): Promise<Score> {
  const { files, until } = input;
  const done = existsSync(files.record) ? readRecord(files.record) : undefined;
  const known = inherits(done, input) ? done?.scores[until - 1] : undefined;
  if (known !== undefined) return known;
  const dataset = await datasetAgain(input);
  const { graph } = readOnnx(input.network, { name: "design" });
  const trainer = await Trainer.open(graph, dataset, input.recipe, {
    threads: input.threads,
    weights: input.weights,
    ...makerFor(input.form, dynamicForm),
  });
  try {
    onOwnFiles(`${files.folder} cannot be made`, () => {
      makeFolder(files.folder);
    });
    removeLeftParts(files.folder);
    const checkpoint = existsSync(files.checkpoint) ? readCheckpoint(files.checkpoint) : undefined;
    if (checkpoint !== undefined && inherits(checkpoint, input))
      trainer.restore(checkpoint.snapshot);
    while (trainer.history.length < until) {
      if ((await trainer.advance()) === undefined) continue;
      writeWhole(
        files.checkpoint,
        serialize({
          ...recordOf(input, trainer),
          snapshot: trainer.snapshot(),
        } satisfies Checkpoint),
      );
    }
    if (trainer.done) {
      writeWhole(files.network, writeOnnx(trainer.trained()));
      writeWhole(files.record, JSON.stringify(recordOf(input, trainer)));
      rmSync(files.checkpoint, { force: true });
    }
    return scoresOf(trainer)[until - 1]!;
  } finally {
    await trainer.close();
  }
}

/** What was found began with the weights that are to be begun with. */
function inherits(found: Standing | undefined, { parent }: TrainInput): boolean {
  return found !== undefined && JSON.stringify(found.parent) === JSON.stringify(parent);
}

function recordOf({ design, parent }: TrainInput, trainer: Trainer): Standing {
  return { design, parent, scores: scoresOf(trainer) };
}

function scoresOf(trainer: Trainer): readonly Score[] {
  return trainer.history.map(({ validation, test }) => {
    const score = validation ?? test;
    if (score === undefined) throw nothingToScore();
    return score;
  });
}

export function nothingToScore(): UserError {
  return new UserError("the data set has neither validation nor test samples to score on", {
    hint: "hold some back: validation: 0.1",
    exitCode: 2,
  });
}

function readRecord(path: string): Standing {
  return damaged(path, () => JSON.parse(readFileSync(path, "utf8")) as Standing);
}

function readCheckpoint(path: string): Checkpoint {
  return damaged(path, () => deserialize(readFileSync(path)) as Checkpoint);
}

function damaged<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const fault = faultOf(cause);
    if (fault !== undefined) throw fault;
    throw new UserError(`${path} cannot be read: ${(cause as Error).message}`, {
      hint: "delete it; the design is then trained anew",
      cause,
    });
  }
}
