/** Picks a step edge for every tied group of layers: more network for the same time, or less time. */
import { UserError } from "../../base/errors.ts";
import { type Choice, choicesOf, type Range } from "./choices.ts";
import { tablesOf, withImportance } from "./factors.ts";
import { type Aim, aimOf, defaultFloors, type Floors, type Goal } from "./goal.ts";
import type { WidthModel, Widths } from "./model.ts";
import { type Searched, WidthSearch } from "./search.ts";

export interface RetuneOptions {
  readonly goal: Goal;
  /** Default 0.5 to 2 of each group's own channels; a budget never widens. */
  readonly range?: Range;
  /** Default: `defaultFloors`. */
  readonly floors?: Floors;
  /** For a budget: importance of every channel of a dimension. Absent: each counts alike. */
  readonly importance?: (dim: number) => ArrayLike<number>;
}

/** How good the result is at best. */
export interface Bound {
  /** What no choice of these step edges can beat, in the objective's unit; a latency in milliseconds. */
  readonly best: number;
  /** Relative distance of the result from it; 0 where it is optimal. */
  readonly gap: number;
}

export interface RetuneResult {
  readonly widths: Widths;
  readonly objective: Aim["objective"];
  readonly bound: Bound;
  /** No choice of these step edges is better. */
  readonly optimal: boolean;
  /** Groups that could change, combinations of their step edges (log10), and choices held fixed. */
  readonly choices: number;
  readonly combinations: number;
  /** Choices that the bound takes as they are, because the network ties too many together. */
  readonly held: number;
}

export const DEFAULT_RANGE: Range = { narrowest: 0.5, widest: 2 };

/** @throws UserError where nothing of the network can change, or a budget cannot be met */
export function retune(model: WidthModel, options: RetuneOptions): RetuneResult {
  const { goal } = options;
  const range = options.range ?? DEFAULT_RANGE;
  const choices = choicesOf(
    model,
    goal.keep === "budget" ? { ...range, widest: Math.min(1, range.widest) } : range,
  );
  if (choices.length === 0)
    throw new UserError(`${model.graph.name}: no layer's channels can change`, {
      hint: "`tidemark widths` says for each group why it is fixed",
    });
  const aim = aimOf(model, goal, options.floors ?? defaultFloors(goal));
  const importance =
    aim.objective === "importance" ? importanceOf(model, choices, options) : undefined;
  const own = tablesOf(model, choices);
  const tables = importance === undefined ? own : withImportance(own, importance);
  const searched = new WidthSearch(model, choices, tables, importance, aim);
  const found = worthwhile(searched, aim);
  if (!found.within)
    throw new UserError(
      `${model.graph.name}: ${(found.score.latencyUs / 1000).toPrecision(4)} ms is the least that narrower layers reach, the budget is ${((aim.mostUs ?? 0) / 1000).toPrecision(4)} ms`,
      { hint: "allow narrower layers (--range), a larger budget, or see `tidemark profile`" },
    );
  return {
    widths: found.widths,
    objective: aim.objective,
    bound: boundOf(aim.objective, found),
    optimal: found.optimal,
    choices: choices.length,
    combinations: choices.reduce((sum, c) => sum + Math.log10(c.options.length), 0),
    held: found.held,
  };
}

/** Less time is worth another network only where it shows; else the network stays as it is. */
const LEAST_SAVING = 0.005;

function worthwhile(search: WidthSearch, { objective }: Aim): Searched {
  const found = search.run();
  if (objective !== "latency" || !found.within) return found;
  const stay = search.asItIs(found);
  const saving = 1 - found.score.latencyUs / stay.score.latencyUs;
  return saving < LEAST_SAVING ? stay : found;
}

function boundOf(objective: Aim["objective"], { bound, score, optimal }: Searched): Bound {
  const gap = (ratio: number) => (optimal ? 0 : Math.max(0, ratio - 1));
  return objective === "latency"
    ? { best: bound / 1000, gap: gap(score.latencyUs / bound) }
    : { best: bound, gap: gap(bound / score[objective]) };
}

/**
 * Share of the importance that each option keeps, weighted with the MACs of the layers that make the
 * channels: a channel of a layer that does more work is worth more.
 */
function importanceOf(
  model: WidthModel,
  choices: readonly Choice[],
  options: RetuneOptions,
): Float64Array[] {
  const macs = new Map(model.analysis.nodes.map((n) => [n.node.name, n.macs]));
  return choices.map((choice) => {
    const values = new Float64Array(choice.options.length);
    choice.dims.forEach((dim, k) => {
      const { channels, layers } = model.ties.dimensions[dim]!;
      const weight = layers.reduce((sum, layer) => sum + (macs.get(layer) ?? 0), 0);
      const each = options.importance?.(dim) ?? new Float64Array(channels).fill(1);
      const ranked = Float64Array.from(each).sort().reverse();
      const all = ranked.reduce((a, b) => a + b, 0);
      choice.options.forEach((widths, o) => {
        const kept = ranked.slice(0, widths[k]!).reduce((a, b) => a + b, 0);
        values[o]! += all > 0 ? (weight * kept) / all : (weight * widths[k]!) / channels;
      });
    });
    return values;
  });
}
