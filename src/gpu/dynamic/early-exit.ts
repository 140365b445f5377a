/**
 * Early exit with batch compaction (MSDNet, ICLR 2018; RANet, CVPR 2020): stage s sees the images that
 * no earlier exit took, b_s of b, and its time is read at that batch:
 *
 *   E[T] = sum over batches of P(b_1, b_2, ...) T(b_1, b_2, ...), never sum of p_s FLOPs_s.
 */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { Launch } from "../lower.ts";
import { chooseImages, moveImages } from "./images.ts";
import { type OverInputsOptions, type TimeOverInputs, timeOverInputs } from "./over-inputs.ts";
import { empirical, type Population, weighted } from "./population.ts";
import { runSegments } from "./segments.ts";
import { Stage } from "./stage.ts";
import type { StageRegion } from "./stage-regions.ts";
import { type DynamicTarget, dynamicTarget } from "./target.ts";
import type { DynamicOptions } from "./types.ts";

/**
 * `compact`: the images that go on are moved to a smaller batch. `wait`: the whole batch goes on as
 * long as one image needs it.
 */
export const BATCH_POLICIES = ["compact", "wait"] as const;
export type BatchPolicy = (typeof BATCH_POLICIES)[number];

export interface ExitStage {
  readonly name: string;
  /** From the previous stage's features to its exit's output, batch first and free; its head included. */
  readonly graph: Graph;
  /** Computed in part; default none. */
  readonly regions?: readonly StageRegion[];
}

export interface EarlyExitSpec {
  readonly stages: readonly ExitStage[];
  readonly batch: number;
  /**
   * `reach`: probability that an image reaches each stage; the first is 1, none rises. `exits`: the
   * stage (from 0) at which each measured image left. `active`: for each of them what it asks of the
   * regions of all stages, in order; needed where there are any.
   */
  readonly images:
    | { readonly reach: readonly number[] }
    | { readonly exits: readonly number[]; readonly active?: readonly (readonly number[])[] };
  /** Default `compact`. */
  readonly policy?: BatchPolicy;
}

export interface EarlyExitTime extends TimeOverInputs {
  readonly policy: BatchPolicy;
  /** All images through all stages, without decisions. */
  readonly denseUs: number;
  /** Of one image on average over that of all stages: what a count of MACs would promise. */
  readonly macsShare: number;
  readonly reach: readonly number[];
}

/**
 * Time of a batch over the distribution of exits.
 *
 * @throws UserError for stages, probabilities, exits or a batch that cannot be
 */
export function earlyExitTime(
  spec: EarlyExitSpec,
  options: DynamicOptions & OverInputsOptions,
): EarlyExitTime {
  const { batch, policy = "compact" } = spec;
  if (!BATCH_POLICIES.includes(policy))
    throw wrong(`policy '${policy}'`, `use one of ${BATCH_POLICIES.join(", ")}`);
  const model = new EarlyExit(spec.stages, options);
  const population = exitPopulation(spec);
  const count = spec.stages.length;
  const reach = spec.stages.map((_, s) => population.marginal(s)[1] ?? 0);
  const over = timeOverInputs(
    (totals) => model.us(totals.slice(0, count), policy, totals.slice(count)),
    population,
    batch,
    options,
  );
  return {
    ...over,
    policy,
    denseUs: model.denseUs(batch),
    macsShare: model.macsShare(reach),
    reach,
  };
}

export class EarlyExit {
  readonly #stages: readonly Stage[];
  readonly #target: DynamicTarget;

  constructor(stages: readonly ExitStage[], options: DynamicOptions) {
    if (stages.length === 0)
      throw new UserError("no stages, expected at least one", {
        hint: "give the stages in the order they run",
        exitCode: 2,
      });
    this.#target = dynamicTarget(options);
    this.#stages = stages.map((s) => new Stage(s.name, s.graph, this.#target, s.regions));
  }

  /**
   * @param reached images that reach each stage; the first is the batch, none rises
   * @param active what they ask of the regions of all stages, in order
   * @returns microseconds
   */
  us(reached: readonly number[], policy: BatchPolicy, active: readonly number[] = []): number {
    const target = this.#target;
    const batch = reached[0] ?? 0;
    const segments: (readonly Launch[])[] = [];
    let open: Launch[] = [];
    let region = 0;
    for (let s = 0; s < this.#stages.length && reached[s]! > 0; s++) {
      const stage = this.#stages[s]!;
      const images = policy === "compact" ? reached[s]! : batch;
      const before = s === 0 ? batch : policy === "compact" ? reached[s - 1]! : batch;
      if (images < before)
        open.push(moveImages(`${stage.name}/compact`, images, stage.inputElements(), target));
      const own = active.slice(region, region + stage.regions);
      region += own.length;
      for (const [i, launches] of stage.segments(images, own).entries()) {
        if (i > 0) {
          segments.push(open);
          open = [];
        }
        open.push(...launches);
      }
      if (s === this.#stages.length - 1) break;
      // The host has to know who goes on, if anyone.
      open.push(chooseImages(stage.name, images, reached[s + 1]!, target));
      if (target.sync !== false) {
        segments.push(open);
        open = [];
      }
    }
    segments.push(open);
    return runSegments(segments, target).latencyUs;
  }

  /** All stages for all images as one network, without decisions; regions as a whole. */
  denseUs(batch: number): number {
    return runSegments([this.#stages.flatMap((s) => s.launches(batch))], this.#target).latencyUs;
  }

  macsShare(reach: readonly number[]): number {
    let all = 0;
    let kept = 0;
    this.#stages.forEach((stage, s) => {
      all += stage.macs;
      kept += stage.macs * reach[s]!;
    });
    return kept / all;
  }
}

/** A column for each stage: 1 where the image reaches it; then one for each region: what it asks there. */
export function exitPopulation({ stages, images }: EarlyExitSpec): Population {
  const regionStages = stages.flatMap((stage, s) => (stage.regions ?? []).map(() => s));
  const active = "exits" in images ? images.active : undefined;
  if (regionStages.length > 0 && active === undefined)
    throw wrong("stages have regions, and no image says what it asks of them", "give `active`");
  const row = (last: number, probability: number) => ({
    demand: stages.map((_, s) => (s <= last ? 1 : 0)),
    probability,
  });
  if ("exits" in images) {
    const { exits } = images;
    if (exits.length === 0)
      throw wrong("no exits of images", "give the exit of at least one image");
    for (const exit of exits)
      if (!(Number.isInteger(exit) && exit >= 0 && exit < stages.length))
        throw wrong(
          `an image leaves at stage ${exit}, expected 0 to ${stages.length - 1}`,
          "count stages from 0",
        );
    if (active !== undefined) {
      if (active.length !== exits.length)
        throw wrong(`${active.length} rows for ${exits.length} exits`, "give one for each image");
      return empirical(
        exits.map((exit, i) => [
          ...row(exit, 1).demand,
          ...regionStages.map((s, r) => (s <= exit ? active[i]![r]! : 0)),
        ]),
      );
    }
    return weighted(
      stages.map((_, s) => row(s, exits.filter((e) => e === s).length / exits.length)),
    );
  }
  const { reach } = images;
  if (reach.length !== stages.length)
    throw wrong(
      `${reach.length} probabilities for ${stages.length} stages`,
      "give one for each stage, the first is 1",
    );
  reach.forEach((p, s) => {
    const most = s === 0 ? 1 : reach[s - 1]!;
    if (!(p >= 0 && p <= most) || (s === 0 && p !== 1))
      throw wrong(
        `stage ${s} is reached with probability ${p}, expected ${s === 0 ? "1" : `0 to ${most}`}`,
        "every image reaches the first stage, and none a stage without the one before",
      );
  });
  return weighted(stages.map((_, s) => row(s, reach[s]! - (reach[s + 1] ?? 0))));
}

function wrong(message: string, hint: string): UserError {
  return new UserError(`early exit: ${message}`, { hint, exitCode: 2 });
}
