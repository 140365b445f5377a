/** The search's words. Nothing here knows what a design is a design of. */
import type { Json } from "../base/json.ts";
import type { Rng } from "../base/rng.ts";

/** One point of a space: values by parameter name. Absent: an inactive conditional parameter. */
export type Design = Readonly<Record<string, number | string | boolean>>;

/** What may vary. All methods are pure; randomness is an argument. */
export interface Space {
  /** Designs in it: a safe integer, or Infinity where a parameter is real. */
  readonly size: number;
  /** The design of index `i` in [0, size); only where `size` is finite. */
  at(i: number): Design;
  sample(rng: Rng): Design;
  /** A neighbour of `design`; the algorithm calls it where it has no operators of its own. */
  mutate(design: Design, rng: Rng): Design;
  crossover(a: Design, b: Design, rng: Rng): readonly [Design, Design];
  /** Equal for designs that are the same; what the search deduplicates on. */
  key(design: Design): string;
  /** Throws `UserError` naming the parameter, the value and what is allowed. */
  check(design: Design): void;
  /** One line for tables. */
  describe(design: Design): string;
  /** Designs that are there already, e.g. the network that is to be improved; searches may begin with them. */
  readonly start?: readonly Design[];
}

/** What came back for a design. All objectives are minimised here; the study keeps directions. */
export type Outcome =
  | {
      readonly kind: "complete";
      readonly objectives: readonly number[];
      readonly violation: number;
    }
  /** Dropped after the cheap objectives, before the expensive ones. */
  | { readonly kind: "pruned"; readonly violation: number }
  | { readonly kind: "failed"; readonly reason: string };

export interface Told {
  readonly design: Design;
  readonly outcome: Outcome;
}

/**
 * A search. `ask` and `tell` alternate: every asked batch is told whole, in the order asked, so
 * that the number of workers cannot change the result. `state` is plain JSON, and an algorithm
 * restored from it continues bit for bit.
 */
export interface Algorithm {
  /** The next designs to evaluate, at most `limit`; empty when the search has ended by itself. */
  ask(limit: number): readonly Design[];
  tell(results: readonly Told[]): void;
  state(): Json;
  /** Designs that it would be asked for at a time; absent: it does not mind. */
  readonly batch?: number;
  /**
   * Which of the designs asked last are worth the expensive objectives; absent: the caller decides.
   * Changes nothing: those left out are told as pruned.
   *
   * @param designs asked, without those that failed or broke a cheap constraint
   * @param cheap their cheap objectives, in the order of the problem's
   * @param asked designs asked last, those that failed included
   * @returns indices into `designs`, ascending
   */
  accept?(
    designs: readonly Design[],
    cheap: readonly (readonly number[])[],
    asked: number,
  ): readonly number[];
}
