/**
 * A training that lives in a folder: `run.json` says what was asked for, `checkpoint` where it stands,
 * `record.json` what came out so far. It can be killed at any time and taken up again; with one thread
 * the weights are then the very same.
 */
import { rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { saveOnnx } from "../../onnx/index.ts";
import type { ReadProgress } from "../data/index.ts";
import { makeFolder } from "../folder.ts";
import { readCheckpoint, removeLeftovers, replaceFile, writeCheckpoint } from "./checkpoint.ts";
import type { FormOf } from "./form-maker.ts";
import { lockFolder } from "./lock.ts";
import type { TrainingProgress } from "./progress.ts";
import { engineVersion, type TrainingRecord, thisMachine } from "./record.ts";
import { type EpochMetrics, type Trainer, TrainingDiverged } from "./trainer.ts";
import { changed, held, readRecord } from "./trainer-folder.ts";
import { type About, type Opened, openTraining } from "./trainer-opening.ts";
import {
  checkOutput,
  holdsTraining,
  jsonBytes,
  type ResumeChanges,
  readRequest,
  recordPath,
  removeRequest,
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
  readonly #unlock: () => void;
  readonly #title: string;
  readonly #request: TrainingRequest;
  readonly #trainer: Trainer;
  readonly #identity: string;
  readonly #about: About;
  readonly #tidemark: string;
  #resumedAt: readonly number[] = [];
  #diverged: TrainingRecord["diverged"];
  #warnings: string[];
  /** Of the checkpoint on the disk. */
  #savedStep: number;
  /** When and at which step one was last written, or could not be. */
  #tried = { at: performance.now(), step: 0 };

  /**
   * @param tidemark version for the record
   * @param overwrite whether a training that the folder holds is replaced; what it wrote elsewhere
   *   stays until this one writes there
   * @param formOf makes the form that the request asks for
   * @param tell how far the reading of the data is
   * @throws UserError where the folder holds a training, another process trains in it, or network,
   *   data and recipe do not fit
   */
  static async start(
    request: TrainingRequest,
    folder: string,
    tidemark: string,
    overwrite = false,
    formOf?: FormOf,
    tell?: (progress: ReadProgress) => void,
  ): Promise<TrainingRun> {
    checkOutput(request.out);
    let made: readonly string[];
    try {
      made = makeFolder(folder);
    } catch (cause) {
      throw new UserError(`${folder} cannot be made: ${(cause as Error).message}`, {
        hint: "choose another place: --checkpoints FOLDER",
        cause,
      });
    }
    try {
      return await locked(folder, async (unlock) => {
        if (holdsTraining(folder)) {
          if (!overwrite) throw held(folder, readRecord(join(folder, RECORD)));
          removeLeftovers(folder);
        }
        const run = new TrainingRun(await openTraining(request, formOf, tell), {
          folder,
          request,
          tidemark,
          unlock,
        });
        // First what makes the folder a training: one that is half replaced is none.
        removeRequest(folder);
        for (const name of [CHECKPOINT, RECORD]) rmSync(join(folder, name), { force: true });
        run.#save();
        writeRequest(folder, request);
        return run;
      });
    } catch (error) {
      for (const each of made.toReversed()) removeEmpty(each);
      throw error;
    }
  }

  /** @throws UserError where there is none, it is damaged, or network, data or form have changed since */
  static async resume(
    folder: string,
    changes: ResumeChanges,
    tidemark: string,
    formOf?: FormOf,
    tell?: (progress: ReadProgress) => void,
  ): Promise<TrainingRun> {
    const before = readRequest(folder);
    const request = { ...before, ...changes };
    checkOutput(request.out);
    return locked(folder, async (unlock) => {
      removeLeftovers(folder);
      const { snapshot, identity } = readCheckpoint(join(folder, CHECKPOINT));
      const old = readRecord(join(folder, RECORD));
      const run = new TrainingRun(await openTraining(request, formOf, tell), {
        folder,
        request,
        tidemark,
        unlock,
      });
      if (identity !== run.#identity) throw changed(folder, request, run.#about, old);
      run.#trainer.restore(snapshot);
      run.#savedStep = run.#trainer.stepsDone;
      run.#tried.step = run.#savedStep;
      run.#resumedAt = [...(old?.resumedAt ?? []), run.#savedStep];
      if (old?.diverged !== undefined)
        run.#warnings.push(
          `it stopped at step ${old.diverged.step} before, where the loss was no number; the same recipe is tried again`,
        );
      return run;
    });
  }

  private constructor(opened: Opened, place: Place) {
    this.#folder = place.folder;
    this.#unlock = place.unlock;
    this.#request = place.request;
    this.#tidemark = place.tidemark;
    this.#trainer = opened.trainer;
    this.#title = opened.title;
    this.#about = opened.about;
    this.#identity = opened.identity;
    this.#warnings = [...opened.warnings];
    this.#savedStep = opened.trainer.stepsDone;
  }

  get summary(): RunSummary {
    const { network, data } = this.#about;
    return {
      ...this.#status(),
      folder: this.#folder,
      out: this.#request.out,
      network: this.#title,
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
      this.#diverged = { step: error.step + 1 };
      const unwritten = tried(() => this.#saveRecord(this.#record()));
      throw new UserError(
        `${error.message}; the last good checkpoint, of step ${this.#savedStep}, is kept in ${this.#folder}${unwritten === undefined ? "" : `; ${unwritten.message}`}`,
        {
          hint: `${error.hint}: with --overwrite, the command that began it begins anew (--resume would repeat this)`,
          cause: error,
        },
      );
    }
  }

  /** Keeps where the training stands. What cannot be written is a warning: the training goes on. */
  checkpoint(): RunStatus {
    this.#keep();
    return this.#status();
  }

  #keep(): void {
    const error = tried(() => this.#save());
    if (error !== undefined)
      this.#warnings.push(`${error.message}; the training goes on, ${error.hint}`);
  }

  #save(): void {
    this.#tried = { at: performance.now(), step: this.#trainer.stepsDone };
    writeCheckpoint(join(this.#folder, CHECKPOINT), this.#trainer.snapshot(), this.#identity);
    this.#savedStep = this.#trainer.stepsDone;
    this.#saveRecord(this.#record());
  }

  #saveRecord(record: TrainingRecord): void {
    replaceFile(join(this.#folder, RECORD), [jsonBytes(record)], "the record");
  }

  /**
   * Writes the trained network and, beside it and in the folder, the record. That the one in the
   * folder cannot be written is a warning: the result is whole without it.
   *
   * @throws UserError where network or record cannot be written
   */
  async finish(): Promise<{
    readonly record: TrainingRecord;
    readonly files: readonly string[];
    readonly warnings: readonly string[];
  }> {
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
    const unwritten = tried(() => this.#saveRecord(record));
    return {
      record,
      files: [...files, beside],
      warnings:
        unwritten === undefined ? [] : [`${unwritten.message}; the result is whole without it`],
    };
  }

  /** Ends it, and lets others into the folder. */
  async close(): Promise<void> {
    try {
      await this.#trainer.close();
    } finally {
      this.#unlock();
    }
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
      ...(this.#diverged && { diverged: this.#diverged }),
      machine: thisMachine(),
      versions: {
        tidemark: this.#tidemark,
        engine: engineVersion(),
        node: process.version,
      },
    };
  }
}

interface Place {
  readonly folder: string;
  readonly request: TrainingRequest;
  readonly tidemark: string;
  readonly unlock: () => void;
}

/** Does what needs the folder to itself; the lock stays where that comes to its end. */
async function locked(
  folder: string,
  work: (unlock: () => void) => Promise<TrainingRun>,
): Promise<TrainingRun> {
  const unlock = lockFolder(folder);
  try {
    return await work(unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The error that a person can act on, where there was one. */
function tried(work: () => void): UserError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** What another process put there meanwhile stays. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
  }
}
