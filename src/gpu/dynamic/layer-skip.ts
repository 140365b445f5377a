/**
 * Layer skipping by a gate on the input (SkipNet, ECCV 2018): a block of the network runs for the images
 * whose gate says so; for the others its input is its output. The time is read at the number of images
 * that need each block.
 */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { Launch } from "../lower.ts";
import { BATCH_POLICIES, type BatchPolicy } from "./early-exit.ts";
import { chooseImages, gateLaunches, moveImages } from "./images.ts";
import { type OverInputsOptions, type TimeOverInputs, timeOverInputs } from "./over-inputs.ts";
import { empirical, independent, type Population } from "./population.ts";
import { runSegments } from "./segments.ts";
import { Stage } from "./stage.ts";
import { type DynamicTarget, dynamicTarget } from "./target.ts";
import type { DynamicOptions } from "./types.ts";

export interface SkipStep {
  readonly name: string;
  /** Batch first and free. */
  readonly graph: Graph;
  /** Has a gate; input and output then have one shape. Default false: runs for every image. */
  readonly gated?: boolean;
}

export interface LayerSkipSpec {
  readonly steps: readonly SkipStep[];
  readonly batch: number;
  /**
   * `run`: probability that an image runs each gated step, independent of one another. `gates`: for
   * each measured image whether it ran each gated step (1 or 0).
   */
  readonly images:
    | { readonly run: readonly number[] }
    | { readonly gates: readonly (readonly number[])[] };
  /**
   * Default `compact`: a step runs on the images that need it. `wait`: it runs on the whole batch, and
   * is skipped only where no image needs it.
   */
  readonly policy?: BatchPolicy;
}

export interface LayerSkipTime extends TimeOverInputs {
  readonly policy: BatchPolicy;
  /** Every step for every image, without gates. */
  readonly denseUs: number;
  readonly macsShare: number;
  /** Probability that an image runs each gated step. */
  readonly run: readonly number[];
}

/** @throws UserError for steps, probabilities, gates or a batch that cannot be */
export function layerSkipTime(
  spec: LayerSkipSpec,
  options: DynamicOptions & OverInputsOptions,
): LayerSkipTime {
  const { batch, policy = "compact" } = spec;
  if (!BATCH_POLICIES.includes(policy))
    throw wrong(`policy '${policy}'`, `use one of ${BATCH_POLICIES.join(", ")}`);
  const model = new LayerSkip(spec.steps, options);
  const population = gatePopulation(spec);
  const run = Array.from({ length: population.columns }, (_, i) => population.marginal(i)[1] ?? 0);
  const over = timeOverInputs(
    (needs) => model.us(needs, batch, policy),
    population,
    batch,
    options,
  );
  return { ...over, policy, denseUs: model.denseUs(batch), macsShare: model.macsShare(run), run };
}

export class LayerSkip {
  readonly #steps: readonly { readonly stage: Stage; readonly gated: boolean }[];
  readonly #target: DynamicTarget;

  constructor(steps: readonly SkipStep[], options: DynamicOptions) {
    if (steps.length === 0) throw wrong("no steps", "give the steps in the order they run");
    this.#target = dynamicTarget(options);
    this.#steps = steps.map(({ name, graph, gated = false }) => {
      const stage = new Stage(name, graph, this.#target);
      if (gated && stage.inputShape().join() !== stage.outputShape().join())
        throw wrong(
          `step ${name} has a gate, but turns [${stage.inputShape().join(", ")}] into [${stage.outputShape().join(", ")}]`,
          "gate steps that keep the shape, e.g. residual blocks of stride 1",
        );
      return { stage, gated };
    });
  }

  /** @param needs images that need each gated step, of `batch` @returns microseconds */
  us(needs: readonly number[], batch: number, policy: BatchPolicy): number {
    const target = this.#target;
    const segments: (readonly Launch[])[] = [];
    let open: Launch[] = [];
    let gate = 0;
    for (const { stage, gated } of this.#steps) {
      if (!gated) {
        open.push(...stage.launches(batch));
        continue;
      }
      const need = needs[gate++]!;
      open.push(...gateLaunches(stage.name, batch, stage.inputShape(), target));
      open.push(chooseImages(stage.name, batch, need, target));
      if (target.sync !== false) {
        segments.push(open);
        open = [];
      }
      if (need === 0) continue;
      const images = policy === "compact" ? need : batch;
      const moves = images < batch;
      const elements = stage.inputElements();
      if (moves) open.push(moveImages(`${stage.name}/compact`, images, elements, target));
      open.push(...stage.launches(images));
      if (moves) open.push(moveImages(`${stage.name}/return`, images, elements, target));
    }
    segments.push(open);
    return runSegments(segments, target).latencyUs;
  }

  denseUs(batch: number): number {
    const launches = this.#steps.flatMap(({ stage }) => stage.launches(batch));
    return runSegments([launches], this.#target).latencyUs;
  }

  macsShare(run: readonly number[]): number {
    let all = 0;
    let kept = 0;
    let gate = 0;
    for (const { stage, gated } of this.#steps) {
      all += stage.macs;
      kept += stage.macs * (gated ? run[gate++]! : 1);
    }
    return kept / all;
  }
}

/** A column for each gated step. */
export function gatePopulation({ steps, images }: LayerSkipSpec): Population {
  const gates = steps.filter((s) => s.gated === true).length;
  if (gates === 0) throw wrong("no step has a gate", "set `gated` where a step can be skipped");
  const columns = "run" in images ? images.run.length : (images.gates[0]?.length ?? 0);
  if (columns !== gates)
    throw wrong(
      `${columns} ${"run" in images ? "probabilities" : "decisions an image"} for ${gates} gated steps`,
      "give one for each gated step",
    );
  if ("run" in images) return independent(images.run);
  for (const row of images.gates)
    for (const value of row)
      if (value !== 0 && value !== 1)
        throw wrong(`a gate says ${value}, expected 1 (run) or 0 (skip)`, "give 1 or 0");
  return empirical(images.gates);
}

function wrong(message: string, hint: string): UserError {
  return new UserError(`layer skipping: ${message}`, { hint, exitCode: 2 });
}
