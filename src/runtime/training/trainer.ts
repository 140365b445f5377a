/** Trains a network on a data set, step by step; where it stands can be taken and set again. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import {
  Batches,
  type Dataset,
  type Normalization,
  normalizationOf,
  SPLITS,
  type Split,
} from "../data/index.ts";
import { nodeEngine } from "../node-engine.ts";
import { withOwnWeights } from "../own-weights.ts";
import type { Engine, Session } from "../types.ts";
import type { EpochMetrics, EpochSums, Snapshot } from "./epoch.ts";
import type { FormHooks } from "./form-maker.ts";
import { withOwnStatistics } from "./network.ts";
import { TrainingNoise } from "./noise.ts";
import { Pace, type TrainingProgress } from "./progress.ts";
import { stateAfter } from "./state.ts";
import { trainingStep } from "./step.ts";
import { trainedGraph } from "./trained.ts";
import { fitNetwork } from "./trainer-network.ts";
import {
  type RecipeOptions,
  recipe,
  type SizedRecipe,
  sized,
  trainingOptions,
} from "./trainer-recipe.ts";
import { type Score, scoreOf } from "./trainer-score.ts";
import { splitViews, type TrainingViews } from "./trainer-views.ts";
import { STEP_OUTPUTS, type TrainingState, type TrainingStep } from "./types.ts";

export type { EpochMetrics, EpochSums, Snapshot } from "./epoch.ts";
export type { Score } from "./trainer-score.ts";

export interface TrainerOptions extends FormHooks {
  /** Default: ONNX Runtime in this process. */
  readonly engine?: Engine;
  /** Inside one operator; 1 makes a training repeat bit for bit. Default: the engine's own choice. */
  readonly threads?: number;
  /** `keep`: start from the network's own weights; `draw`: from fresh ones. Default `draw`. */
  readonly weights?: "keep" | "draw";
  /** What messages call the network. Default: its own name. */
  readonly title?: string;
}

/** The loss or its gradient is no longer a number. */
export class TrainingDiverged extends UserError {
  /** Steps done before. */
  readonly step: number;

  constructor(message: string, step: number, hint: string) {
    super(message, { hint });
    this.step = step;
  }
}

const NOTHING: EpochSums = {
  loss: 0,
  correct: 0,
  learningRate: 0,
  seconds: 0,
  preparationSeconds: 0,
};

export class Trainer {
  readonly recipe: SizedRecipe;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly perEpoch: number;
  /** Samples in each part, as they were split. */
  readonly counts: Readonly<Partial<Record<Split, number>>>;
  /** Trained numbers. */
  readonly parameterCount: number;
  readonly #network: Graph;
  readonly #step: TrainingStep;
  readonly #session: Session;
  readonly #engine: Engine;
  readonly #threads: number | undefined;
  readonly #batches: Batches;
  readonly #views: TrainingViews;
  readonly #noise: TrainingNoise;
  readonly #evaluation: FormHooks["evaluation"];
  readonly #exits: FormHooks["exits"];
  readonly #pace = new Pace();
  #at: { epoch: number; batch: number; sums: EpochSums; history: readonly EpochMetrics[] };
  #state: TrainingState;

  /**
   * @param network a classifier in inference form whose input has the samples' shape
   * @throws UserError where network, data, recipe and form do not fit together
   */
  static async open(
    network: Graph,
    dataset: Dataset,
    options: RecipeOptions,
    { engine = nodeEngine, threads, weights = "draw", title, ...hooks }: TrainerOptions = {},
  ): Promise<Trainer> {
    const wanted = recipe(options);
    const own = withOwnWeights(network);
    const fitted = withOwnStatistics(fitNetwork({ ...own, name: title ?? network.name }, dataset));
    const views = splitViews(dataset, wanted);
    const checked = sized(wanted, views.train.indices.length);
    const normalization = normalizationOf(views.train);
    const batches = new Batches(views.train, {
      batch: checked.batch,
      normalization,
      labels: checked.augment.mixup === undefined ? "indices" : "soft",
      classes: dataset.classes.length,
      shuffleSeed: checked.seed,
      augment: checked.augment,
      last: "drop",
    });
    const step = trainingStep(fitted, {
      ...trainingOptions(checked, batches.perEpoch),
      form: hooks.form?.(fitted, checked, checked.batch),
      steps: checked.epochs * batches.perEpoch,
    });
    const given = weights === "keep" ? fitted.initializers : undefined;
    const state = step.initialState(checked.seed, given);
    const session = await engine.open(step.graph, threads === undefined ? {} : { threads });
    return new Trainer({
      network,
      dataset,
      recipe: checked,
      views,
      normalization,
      batches,
      step,
      state,
      session,
      engine,
      threads,
      evaluation: hooks.evaluation,
      exits: hooks.exits,
    });
  }

  private constructor(parts: {
    readonly network: Graph;
    readonly dataset: Dataset;
    readonly recipe: SizedRecipe;
    readonly views: TrainingViews;
    readonly normalization: Normalization;
    readonly batches: Batches;
    readonly step: TrainingStep;
    readonly state: TrainingState;
    readonly session: Session;
    readonly engine: Engine;
    readonly threads: number | undefined;
    readonly evaluation: FormHooks["evaluation"];
    readonly exits: FormHooks["exits"];
  }) {
    this.recipe = parts.recipe;
    this.classes = parts.dataset.classes;
    this.normalization = parts.normalization;
    this.perEpoch = parts.batches.perEpoch;
    this.counts = Object.fromEntries(
      SPLITS.flatMap((split) => {
        const view = parts.views[split];
        return view === undefined ? [] : [[split, view.indices.length]];
      }),
    );
    this.parameterCount = parts.step.parameters.reduce((n, slot) => n + slot.size, 0);
    this.#network = parts.network;
    this.#step = parts.step;
    this.#session = parts.session;
    this.#engine = parts.engine;
    this.#threads = parts.threads;
    this.#batches = parts.batches;
    this.#views = parts.views;
    this.#state = parts.state;
    this.#noise = new TrainingNoise(parts.step.noise, parts.recipe.seed);
    this.#evaluation = parts.evaluation;
    this.#exits = parts.exits;
    this.#at = { epoch: 0, batch: 0, sums: NOTHING, history: [] };
  }

  /** Steps of the whole training, and those done. */
  get steps(): number {
    return this.recipe.epochs * this.perEpoch;
  }

  get stepsDone(): number {
    return this.#at.epoch * this.perEpoch + this.#at.batch;
  }

  get done(): boolean {
    return this.#at.epoch >= this.recipe.epochs;
  }

  get history(): readonly EpochMetrics[] {
    return this.#at.history;
  }

  get progress(): TrainingProgress {
    const { epoch, batch, sums } = this.#at;
    return {
      epoch: Math.min(epoch + 1, this.recipe.epochs),
      epochs: this.recipe.epochs,
      step: this.stepsDone,
      steps: this.steps,
      loss: sums.loss / batch,
      accuracy: sums.correct / (batch * this.recipe.batch),
      samplesPerSecond: this.#pace.samplesPerSecond,
      secondsLeft: this.#pace.secondsFor(this.steps - this.stepsDone),
    };
  }

  /**
   * Trains until the time is over, the number of steps is done or the epoch ends, at least one step.
   *
   * @returns metrics of the epoch, where it ended
   * @throws TrainingDiverged where loss or gradient are not finite; the state is then as before that step
   */
  async advance(
    limit: { readonly ms?: number; readonly steps?: number } = {},
  ): Promise<EpochMetrics | undefined> {
    const { ms = Number.POSITIVE_INFINITY, steps = Number.POSITIVE_INFINITY } = limit;
    const end = performance.now() + ms;
    for (let i = 0; i < steps && !this.done; i++) {
      await this.#one();
      if (this.#at.batch === this.perEpoch) return this.#endEpoch();
      if (performance.now() >= end) return undefined;
    }
    return undefined;
  }

  async #one(): Promise<void> {
    const { epoch, batch, sums } = this.#at;
    const began = performance.now();
    const { images, labels } = this.#batches.fill(epoch, batch);
    const noise = this.#noise.at(this.stepsDone);
    const prepared = performance.now();
    const outputs = await this.#session.run({
      ...this.#state,
      ...noise,
      [this.#step.images]: images,
      [this.#step.labels]: labels,
    });
    const number = (name: string) => Number(outputs[name]!.data[0]);
    const loss = number(STEP_OUTPUTS.loss);
    const rate = number(STEP_OUTPUTS.learningRate);
    if (number(STEP_OUTPUTS.finite) !== 1)
      throw this.#diverged(loss, number(STEP_OUTPUTS.gradientNorm), rate);
    this.#state = stateAfter(this.#step, outputs);
    const seconds = (performance.now() - began) / 1000;
    const reports = Object.entries(this.#step.reports);
    const extra = Object.fromEntries(
      reports.map(([key, output]) => [key, (sums.extra?.[key] ?? 0) + number(output)]),
    );
    this.#at = {
      ...this.#at,
      batch: batch + 1,
      sums: {
        loss: sums.loss + loss,
        correct: sums.correct + number(STEP_OUTPUTS.correct),
        learningRate: rate,
        seconds: sums.seconds + seconds,
        preparationSeconds: sums.preparationSeconds + (prepared - began) / 1000,
        ...(reports.length > 0 && { extra }),
      },
    };
    this.#pace.add(seconds, 1, this.recipe.batch);
  }

  #diverged(loss: number, norm: number, rate: number): TrainingDiverged {
    const { epoch, batch } = this.#at;
    const what = Number.isFinite(loss) ? `the gradient's norm is ${norm}` : `the loss is ${loss}`;
    const clip = this.recipe.clipNorm === undefined ? " or limit the gradient (--clip 1)," : "";
    return new TrainingDiverged(
      `training stopped: ${what} at step ${this.stepsDone + 1} of ${this.steps} (epoch ${epoch + 1}, step ${batch + 1} of ${this.perEpoch}, learning rate ${rate.toPrecision(3)})`,
      this.stepsDone,
      `lower the learning rate (--lr ${(rate / 10).toPrecision(1)}),${clip} and check the data for extreme values`,
    );
  }

  async #endEpoch(): Promise<EpochMetrics> {
    const { epoch, sums, history } = this.#at;
    const began = performance.now();
    const split = this.#views.validation === undefined ? "test" : "validation";
    const isDue = (epoch + 1) % this.recipe.evaluateEvery === 0 || epoch + 1 === this.recipe.epochs;
    const score = isDue && this.#views[split] ? await this.evaluate(split) : undefined;
    const seconds = (performance.now() - began) / 1000;
    const samples = this.perEpoch * this.recipe.batch;
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      train: { loss: sums.loss / this.perEpoch, accuracy: sums.correct / samples },
      ...(score && { [split]: score }),
      learningRate: sums.learningRate,
      seconds: sums.seconds + seconds,
      samplesPerSecond: samples / sums.seconds,
      preparationShare: sums.preparationSeconds / sums.seconds,
      ...(sums.extra && {
        extra: Object.fromEntries(
          Object.entries(sums.extra).map(([key, sum]) => [key, sum / this.perEpoch]),
        ),
      }),
    };
    this.#pace.add(seconds, 0, 0);
    this.#at = { epoch: epoch + 1, batch: 0, sums: NOTHING, history: [...history, metrics] };
    return metrics;
  }

  /** @throws UserError where there is no such split */
  async evaluate(split: Split): Promise<Score> {
    const view = this.#views[split];
    if (view === undefined)
      throw new UserError(`there is no ${split} split to evaluate on`, {
        hint: `hold samples back for it, e.g. --${split} 0.1`,
        exitCode: 2,
      });
    const trained = this.#trained();
    const exits = this.#exits?.(trained);
    return scoreOf(this.#evaluation?.(trained) ?? trained, view, {
      normalization: this.normalization,
      ...(exits && { exits }),
      engine: this.#engine,
      ...(this.#threads !== undefined && { threads: this.#threads }),
    });
  }

  /** The network that was given, with what it has learnt and how its input is to be normalised. */
  trained(): Graph {
    const graph = this.#trained();
    const shaped = <V extends { readonly shape: unknown }>(now: readonly V[], own: readonly V[]) =>
      now.map((value, i) => ({ ...value, shape: own[i]!.shape }));
    return {
      ...graph,
      name: this.#network.name,
      inputs: shaped(graph.inputs, this.#network.inputs),
      outputs: shaped(graph.outputs, this.#network.outputs),
      metadata: {
        // What an earlier training held back, this one may have seen.
        ...without(graph.metadata, "tidemark.split"),
        "tidemark.mean": JSON.stringify(this.normalization.mean),
        "tidemark.std": JSON.stringify(this.normalization.std),
        "tidemark.classes": JSON.stringify(this.classes),
        ...(this.recipe.validation > 0 && {
          "tidemark.split": JSON.stringify({
            validation: this.recipe.validation,
            seed: this.recipe.seed,
          }),
        }),
      },
    };
  }

  /** The moving average where one is kept. */
  #trained(): Graph {
    const averaged = this.recipe.emaDecay !== undefined;
    return trainedGraph(this.#step, this.#state, averaged ? "averaged" : "raw");
  }

  snapshot(): Snapshot {
    return { ...this.#at, state: this.#state };
  }

  /** @throws UserError where the tensors are not those of this training */
  restore(snapshot: Snapshot): void {
    for (const { name, dtype, dims } of this.#step.state) {
      const tensor = snapshot.state[name];
      if (tensor?.dtype !== dtype || String(tensor.dims) !== String(dims))
        throw new UserError(
          `the state ${name} is ${tensor === undefined ? "missing" : `${tensor.dtype} [${tensor.dims.join(", ")}]`}, this training has ${dtype} [${dims.join(", ")}]`,
          { hint: "resume with the network and recipe that it began with" },
        );
    }
    const { state, ...at } = snapshot;
    this.#state = state;
    this.#at = at;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

const without = <V>(all: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name !== key));
