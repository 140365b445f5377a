/**
 * A training that lives in a folder: `run.json` says what was asked for, `checkpoint` where it stands,
 * `record.json` what came out so far. It can be killed at any time and taken up again; with one thread
 * the weights are then the very same.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { openOnnx, saveOnnx } from "../../onnx/index.ts";
import { zooNames } from "../../zoo/index.ts";
import { looksLikePath, zooReference } from "../../zoo/reference.ts";
import { type Dataset, datasetHash, openDataset } from "../data/index.ts";
import { graphHash } from "../graph-hash.ts";
import { readCheckpoint, removeLeftovers, replaceFile, writeCheckpoint } from "./checkpoint.ts";
import type { TrainingProgress } from "./progress.ts";
import { engineVersion, RecordSchema, type TrainingRecord, thisMachine } from "./record.ts";
import { type EpochMetrics, Trainer, TrainingDiverged } from "./trainer.ts";
import { zooNetworkFor } from "./trainer-network.ts";
import {
  checkOutput,
  holdsTraining,
  jsonBytes,
  parseJson,
  type ResumeChanges,
  readRequest,
  recordPath,
  type TrainingRequest,
  writeRequest,
} from "./trainer-request.ts";

/** What the parent is told after each call. */
export interface RunStatus {
  readonly progress: TrainingProgress;
  /** Metrics of the epoch that ended in this call. */
  readonly ended?: EpochMetrics;
  readonly done: boolean;
  /** What went wrong without stopping the training. */
  readonly warnings: readonly string[];
}

export interface RunSummary extends RunStatus {
  readonly folder: string;
  readonly out: string;
  readonly network: string;
  readonly parameters: number;
  readonly data: string;
  readonly counts: TrainingRecord["data"]["counts"];
}

const CHECKPOINT = "checkpoint";
const RECORD = "record.json";
const CHECKPOINT_MS = 5 * 60_000;

export class TrainingRun {
  readonly #folder: string;
  readonly #request: TrainingRequest;
  readonly #trainer: Trainer;
  readonly #identity: string;
  readonly #about: Pick<TrainingRecord, "network" | "data">;
  readonly #tidemark: string;
  #resumedAt: readonly number[] = [];
  #warnings: string[];
  /** Of the checkpoint on the disk. */
  #savedStep: number;
  /** When and at which step one was last written, or could not be. */
  #tried = { at: performance.now(), step: 0 };

  /**
   * @param tidemark version for the record
   * @throws UserError where the folder holds a training, or network, data and recipe do not fit
   */
  static async start(
    request: TrainingRequest,
    folder: string,
    tidemark: string,
  ): Promise<TrainingRun> {
    if (holdsTraining(folder))
      throw new UserError(`${folder} holds a training already`, {
        hint: `go on with it: tidemark train --resume ${folder}; or choose another -o, or another --checkpoints`,
        exitCode: 2,
      });
    checkOutput(request.out);
    const run = await TrainingRun.#open(request, folder, tidemark);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new UserError(`${folder} cannot be made: ${(cause as Error).message}`, {
        hint: "choose another place: --checkpoints FOLDER",
        cause,
      });
    }
    run.#save();
    writeRequest(folder, request);
    return run;
  }

  /** @throws UserError where there is none, it is damaged, or network or data have changed since */
  static async resume(
    folder: string,
    changes: ResumeChanges,
    tidemark: string,
  ): Promise<TrainingRun> {
    const before = readRequest(folder);
    const request = { ...before, ...changes };
    checkOutput(request.out);
    removeLeftovers(folder);
    const { snapshot, identity } = readCheckpoint(join(folder, CHECKPOINT));
    const old = readRecord(join(folder, RECORD));
    const run = await TrainingRun.#open(request, folder, tidemark);
    if (identity !== run.#identity) throw changed(folder, request, run.#about, old);
    run.#trainer.restore(snapshot);
    run.#savedStep = run.#trainer.stepsDone;
    run.#tried.step = run.#savedStep;
    run.#resumedAt = [...(old?.resumedAt ?? []), run.#savedStep];
    return run;
  }

  static async #open(
    request: TrainingRequest,
    folder: string,
    tidemark: string,
  ): Promise<TrainingRun> {
    const dataset = await openDataset(request.data, request.read);
    const { network, warnings } = openNetwork(request.model, dataset);
    const { weights, threads } = request;
    const trainer = await Trainer.open(network, dataset, request.recipe, {
      weights,
      ...(threads !== undefined && { threads }),
    });
    const { mean, std } = trainer.normalization;
    const about: Pick<TrainingRecord, "network" | "data"> = {
      network: {
        name: network.name,
        reference: request.model,
        hash: graphHash(network),
        parameters: trainer.parameterCount,
        weights,
      },
      data: {
        name: dataset.name,
        reference: request.data,
        sha256: datasetHash(dataset),
        classes: [...dataset.classes],
        shape: [...dataset.train.shape],
        counts: trainer.counts as TrainingRecord["data"]["counts"],
        skipped: dataset.skipped.length,
        mean: [...mean],
        std: [...std],
      },
    };
    if (dataset.validation !== undefined && request.recipe.validation > 0)
      warnings.push(
        `${dataset.name} has a validation split of its own; none is held back (--validation ${request.recipe.validation})`,
      );
    if (dataset.skipped.length > 0)
      warnings.push(
        `${dataset.name}: ${dataset.skipped.length} left out; \`tidemark data ${request.data}\` names them`,
      );
    return new TrainingRun({
      folder,
      request,
      trainer,
      about,
      tidemark,
      warnings: [...warnings, ...(dataset.notes ?? [])],
    });
  }

  private constructor(parts: Parts) {
    this.#folder = parts.folder;
    this.#request = parts.request;
    this.#trainer = parts.trainer;
    this.#about = parts.about;
    this.#tidemark = parts.tidemark;
    this.#warnings = [...parts.warnings];
    this.#identity = createHash("sha256")
      .update(
        JSON.stringify({
          network: parts.about.network.hash,
          weights: parts.request.weights,
          data: parts.about.data.sha256,
          recipe: Object.entries(parts.request.recipe)
            .filter(([, value]) => value !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        }),
      )
      .digest("hex");
    this.#savedStep = parts.trainer.stepsDone;
  }

  get summary(): RunSummary {
    const { network, data } = this.#about;
    return {
      ...this.#status(),
      folder: this.#folder,
      out: this.#request.out,
      network: network.name,
      parameters: network.parameters,
      data: data.name,
      counts: data.counts,
    };
  }

  /**
   * Trains for some time, at least one step, and keeps checkpoints.
   *
   * @throws UserError where the loss is no longer a number; the last checkpoint is from before that
   */
  async advance(ms: number): Promise<RunStatus> {
    const every = this.#request.checkpointEverySteps ?? Number.POSITIVE_INFINITY;
    const end = performance.now() + ms;
    for (;;) {
      const left = Math.max(1, this.#tried.step + every - this.#trainer.stepsDone);
      const ended = await this.#guarded(() =>
        this.#trainer.advance({ ms: end - performance.now(), steps: left }),
      );
      const due =
        this.#trainer.stepsDone - this.#tried.step >= every ||
        performance.now() - this.#tried.at >= CHECKPOINT_MS;
      if (ended !== undefined || due) this.#keep();
      if (ended !== undefined || this.#trainer.done || performance.now() >= end)
        return this.#status(ended);
    }
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TrainingDiverged)) throw error;
      throw new UserError(
        `${error.message}; the last good checkpoint, of step ${this.#savedStep}, is kept in ${this.#folder}`,
        { hint: error.hint ?? "", cause: error },
      );
    }
  }

  /** Keeps where the training stands. What cannot be written is a warning: the training goes on. */
  checkpoint(): RunStatus {
    this.#keep();
    return this.#status();
  }

  #keep(): void {
    try {
      this.#save();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#warnings.push(`${error.message}; the training goes on, ${error.hint}`);
    }
  }

  #save(): void {
    this.#tried = { at: performance.now(), step: this.#trainer.stepsDone };
    writeCheckpoint(join(this.#folder, CHECKPOINT), this.#trainer.snapshot(), this.#identity);
    this.#savedStep = this.#trainer.stepsDone;
    replaceFile(join(this.#folder, RECORD), [jsonBytes(this.#record())], "the record");
  }

  /**
   * Writes the trained network and, beside it and in the folder, the record.
   *
   * @throws UserError where they cannot be written
   */
  async finish(): Promise<{ readonly record: TrainingRecord; readonly files: readonly string[] }> {
    const trainer = this.#trainer;
    const last = trainer.history.at(-1);
    const score = async (split: "validation" | "test") =>
      trainer.counts[split] === undefined
        ? undefined
        : (last?.[split] ?? (await trainer.evaluate(split)));
    const validation = await score("validation");
    const test = await score("test");
    const record: TrainingRecord = {
      ...this.#record(),
      complete: trainer.done,
      result: {
        weights: trainer.recipe.emaDecay === undefined ? "raw" : "averaged",
        ...(validation && { validation }),
        ...(test && { test }),
      },
    };
    const { out } = this.#request;
    const files = [...saveOnnx(trainer.trained(), out)];
    const beside = recordPath(out);
    replaceFile(beside, [jsonBytes(record)], "the record");
    replaceFile(join(this.#folder, RECORD), [jsonBytes(record)], "the record");
    return { record, files: [...files, beside] };
  }

  async close(): Promise<void> {
    await this.#trainer.close();
  }

  #status(ended?: EpochMetrics): RunStatus {
    const warnings = this.#warnings;
    this.#warnings = [];
    const { progress, done } = this.#trainer;
    return { progress, done, warnings, ...(ended && { ended }) };
  }

  #record(): TrainingRecord {
    const { threads } = this.#request;
    return {
      format: "tidemark-training",
      version: 1,
      complete: false,
      ...this.#about,
      recipe: this.#trainer.recipe,
      ...(threads !== undefined && { threads }),
      epochs: [...this.#trainer.history],
      resumedAt: [...this.#resumedAt],
      machine: thisMachine(),
      versions: {
        tidemark: this.#tidemark,
        engine: engineVersion(),
        node: process.version,
      },
    };
  }
}

interface Parts {
  readonly folder: string;
  readonly request: TrainingRequest;
  readonly trainer: Trainer;
  readonly about: Pick<TrainingRecord, "network" | "data">;
  readonly tidemark: string;
  readonly warnings: readonly string[];
}

function openNetwork(
  model: string,
  dataset: Dataset,
): { readonly network: Graph; readonly warnings: string[] } {
  const isPath = looksLikePath(model) || existsSync(model);
  const zoo = isPath ? undefined : zooReference(model);
  if (zoo !== undefined)
    return { network: zooNetworkFor(zoo.name, zoo.values, dataset), warnings: [] };
  if (!existsSync(model))
    throw new UserError(
      isPath ? `${model} does not exist` : `no file and no network of the zoo is named '${model}'`,
      { hint: `give an .onnx file, or one of ${zooNames.join(", ")}`, exitCode: 2 },
    );
  const { graph, warnings } = openOnnx(model);
  return { network: graph, warnings: [...warnings] };
}

/** Undefined where there is none: the record is of use, not of need. */
function readRecord(path: string): TrainingRecord | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = RecordSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

function changed(
  folder: string,
  request: TrainingRequest,
  now: Pick<TrainingRecord, "network" | "data">,
  before: TrainingRecord | undefined,
): UserError {
  const other = before?.network.hash !== now.network.hash ? "network" : "data";
  const what =
    before === undefined
      ? "network, data or recipe have"
      : other === "network"
        ? `the network ${request.model} has`
        : `the data ${request.data} (${now.data.sha256.slice(0, 12)} instead of ${before.data.sha256.slice(0, 12)}) has`;
  return new UserError(`${folder}: ${what} changed since the training began`, {
    hint: "bring back what it began with, or begin anew in another folder",
  });
}
