/**
 * Whose weights a design takes over: those of its nearest ancestor on the front. The front depends on
 * the trials before the batch and on nothing else, so neither the number of workers nor an
 * interruption changes who inherits what. What is on the front no more is let go: it never returns.
 */
import { Front } from "../search/front.ts";
import type { Design } from "../search/types.ts";
import type { TrialRow } from "./block.ts";
import { minimised } from "./outcome.ts";
import type { BuiltProblem } from "./problem.ts";

export class Heirs {
  readonly #problem: BuiltProblem;
  readonly #front = new Front<Design>();
  #members: ReadonlyMap<string, Design> = new Map();

  constructor(problem: BuiltProblem) {
    this.#problem = problem;
  }

  /** Trials of the study, in the order of their batches. */
  add(rows: readonly TrialRow[]): void {
    const { objectives } = this.#problem;
    // Where nothing is kept there is nothing to inherit.
    if (!("retain" in this.#problem)) return;
    for (const { state, design, values } of rows)
      if (state === "complete") this.#front.add(minimised(objectives, values), design);
    this.#members = new Map(this.#front.members().map(({ item }) => [spelling(item), item]));
  }

  /** Designs on the front. */
  get designs(): readonly Design[] {
    return [...this.#members.values()];
  }

  /** For each design the one that it inherits from, if any. */
  parentsOf(designs: readonly Design[]): readonly (Design | undefined)[] {
    const { built } = this.#problem;
    return designs.map((design) =>
      built.lineage?.ancestors(design).find((a) => this.#members.has(spelling(a))),
    );
  }
}

/**
 * A design as it is written. Two of one key may be different ways to one network, whose parts have
 * other names: weights pass along the very steps that a design was reached by.
 */
const spelling = (design: Design) =>
  JSON.stringify(Object.entries(design).sort(([a], [b]) => (a < b ? -1 : 1)));
