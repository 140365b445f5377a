/** Trains one design; runs in a child process, where a native crash takes nothing else down. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { UserError } from "../../base/errors.ts";
import { readOnnx, writeOnnx } from "../../onnx/index.ts";
import { type Score, type Snapshot, Trainer } from "../../runtime/training/trainer.ts";
import { fitNetwork } from "../../runtime/training/trainer-network.ts";
import type { RecipeOptions } from "../../runtime/training/trainer-recipe.ts";
import { type DataReference, datasetOf } from "./accuracy-data.ts";
import type { DesignFiles } from "./accuracy-files.ts";

export interface TrainInput extends DataReference {
  /** ONNX. */
  readonly network: Uint8Array;
  readonly recipe: RecipeOptions;
  readonly threads: number;
  /** `keep`: what the network has, e.g. a parent's. */
  readonly weights: "keep" | "draw";
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

/** @throws UserError where the data cannot be read, or is not what the network takes */
export async function checkData(
  input: DataReference & { readonly network: Uint8Array },
): Promise<void> {
  fitNetwork(readOnnx(input.network, { name: "design" }).graph, await datasetOf(input));
}

/**
 * Continues where the design's files say it stands.
 *
 * @returns the score after `until` epochs, on the validation split, or the test split where there is
 *   none
 */
export async function trainDesign(input: TrainInput): Promise<Score> {
  const { files, until } = input;
  const done = existsSync(files.record) ? readRecord(files.record) : undefined;
  const known = inherits(done, input) ? done?.scores[until - 1] : undefined;
  if (known !== undefined) return known;
  const dataset = await datasetOf(input);
  const { graph } = readOnnx(input.network, { name: "design" });
  const trainer = await Trainer.open(graph, dataset, input.recipe, {
    threads: input.threads,
    weights: input.weights,
  });
  try {
    mkdirSync(files.folder, { recursive: true });
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
    if (score === undefined)
      throw new UserError("the data set has neither validation nor test samples to score on", {
        hint: "hold some back: validation: 0.1",
        exitCode: 2,
      });
    return score;
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
    throw new UserError(`${path} cannot be read: ${(cause as Error).message}`, {
      hint: "delete it; the design is then trained anew",
      cause,
    });
  }
}

/** The file before stays whole whatever happens meanwhile. */
function writeWhole(path: string, content: string | Uint8Array): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, content, { flush: true });
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new UserError(`${path} cannot be written: ${(cause as Error).message}`, {
      hint: "make room on the disk of the study's store, or move the store (--store)",
      cause,
    });
  }
}
