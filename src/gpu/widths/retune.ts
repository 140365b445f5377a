/** Picks a step edge for every tied group of layers: more network for the same time, or less time. */
import { UserError } from "../../base/errors.ts";
import { type Choice, choicesOf, type Range } from "./choices.ts";
import { type Assignment, type Tables, tablesOf, withValues } from "./factors.ts";
import { type Corner, Hull, timeBound, valueBound } from "./lagrangian.ts";
import { climb, Position, type Rank, walk } from "./local-search.ts";
import type { WidthModel, Widths } from "./model.ts";

/** What stays, and so what is improved. */
export type Goal =
  /** Most MACs at a predicted latency of at most the original's. */
  | { readonly keep: "latency" }
  /** Least latency with the MACs within 1 % of the original's. */
  | { readonly keep: "macs" }
  /** Narrower only: most importance within a share of the original latency. */
  | { readonly keep: "budget"; readonly share: number };

export interface RetuneOptions {
  readonly goal: Goal;
  /** Default 0.5 to 2 of each group's own channels; a budget never widens. */
  readonly range?: Range;
  /** For a budget: importance of every channel of a dimension. Absent: each counts alike. */
  readonly importance?: (dim: number) => ArrayLike<number>;
}

/** How good the result is at best, by Lagrangian duality. */
export interface Bound {
  /** MACs, importance or milliseconds that no choice of these step edges can beat. */
  readonly best: number;
  /** Relative distance of the result from it. */
  readonly gap: number;
}

export interface RetuneResult {
  readonly widths: Widths;
  readonly bound: Bound | undefined;
  /** Groups that could change, combinations of their step edges (log10), and choices held fixed. */
  readonly choices: number;
  readonly combinations: number;
  readonly held: number;
}

const DEFAULT_RANGE: Range = { narrowest: 0.5, widest: 2 };
/** `keep macs`: relative. */
const MACS_TOLERANCE = 0.01;

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
  const values = goal.keep === "budget" ? importanceOf(model, choices, options) : undefined;
  const macTables = tablesOf(model, choices);
  const tables = values === undefined ? macTables : withValues(macTables, values);
  const start = choices.map((c) => c.current);
  const hull = new Hull(
    tables,
    choices.map((c) => c.options.length),
    start,
  );
  const found = search({ model, choices, tables, values, start, hull, goal });
  return {
    widths: found.widths,
    bound: found.bound,
    choices: choices.length,
    combinations: choices.reduce((sum, c) => sum + Math.log10(c.options.length), 0),
    held: hull.held.length,
  };
}

interface Problem {
  readonly model: WidthModel;
  readonly choices: readonly Choice[];
  readonly tables: Tables;
  readonly values: readonly Float64Array[] | undefined;
  readonly start: Assignment;
  readonly hull: Hull;
  readonly goal: Goal;
}

function search(problem: Problem): Pick<RetuneResult, "widths" | "bound"> {
  const { model, choices, hull, goal, values, start } = problem;
  const before = model.timeline(model.widths);
  const originalMacs = model.macs(model.widths);
  // latency >= what the host needs for the first launch + all kernels with the gaps between them.
  const headUs =
    model.figures.usToStart + model.launch(0, model.widths).hostUs - model.figures.gapUs;
  const position = (assignment: Assignment) => new Position(model, choices, assignment, values);
  const latencyOf = (corner: Corner) => position(corner.assignment).score().latencyUs;
  if (goal.keep === "macs") {
    const least = (1 - MACS_TOLERANCE) * originalMacs;
    const most = (1 + MACS_TOLERANCE) * originalMacs;
    const broken = (macs: number) => Math.max(0, least - macs, macs - most);
    const around = hull.bracket((c) => c.value >= originalMacs);
    const price = PENALTY / slope(around, originalMacs / before.latencyUs);
    const ranks: Ranks = {
      strict: ({ macs, latencyUs }) => [-broken(macs), -latencyUs],
      relaxed: ({ macs, latencyUs }) => [0, -latencyUs - price * broken(macs)],
    };
    const best = bestFrom(around, start, position, choices, ranks);
    const reached = best.score().latencyUs;
    const corner = timeBound(
      hull.bracket((c) => c.value >= least),
      least,
    );
    if (corner === undefined) return { widths: best.widths(), bound: undefined };
    // The host's time for its operators does not depend on their widths.
    let hostUs = model.figures.usToStart;
    for (const { index } of model.launches) hostUs += model.launch(index, model.widths).hostUs;
    const floor = Math.max(corner + headUs, hostUs);
    return {
      widths: best.widths(),
      bound: { best: floor / 1000, gap: reached / floor - 1 },
    };
  }
  const limit = before.latencyUs * (goal.keep === "budget" ? goal.share : 1);
  const broken = (latencyUs: number) => Math.max(0, latencyUs - limit);
  const around = hull.bracket((c) => latencyOf(c) > limit);
  const price = PENALTY * slope(around, position(start).score().value / before.latencyUs);
  const ranks: Ranks = {
    strict: ({ latencyUs, value }) => [-broken(latencyUs), value],
    relaxed: ({ latencyUs, value }) => [0, value - price * broken(latencyUs)],
  };
  const best = bestFrom(around, start, position, choices, ranks);
  const score = best.score();
  if (score.latencyUs > limit)
    throw new UserError(
      `${model.graph.name}: ${(score.latencyUs / 1000).toPrecision(4)} ms is the least that narrower layers reach, the budget is ${(limit / 1000).toPrecision(4)} ms`,
      { hint: "allow narrower layers (--range), a larger budget, or see `tidemark profile`" },
    );
  const bound = valueBound(
    hull.bracket((c) => c.us > limit - headUs),
    limit - headUs,
  );
  return {
    widths: best.widths(),
    bound: bound === undefined ? undefined : { best: bound, gap: bound / score.value - 1 },
  };
}

/** A broken constraint costs this many times what the hull's slope says. */
const PENALTY = 2;

interface Ranks {
  /** The constraint before all else. */
  readonly strict: Rank;
  /** The constraint at a price, so that a climb may pass through places that break it. */
  readonly relaxed: Rank;
}

/** Value a microsecond between two corners; `fallback` where there are no two. */
function slope([low, high]: readonly (Corner | undefined)[], fallback: number): number {
  if (low === undefined || high === undefined || high.us <= low.us) return fallback;
  return (high.value - low.value) / (high.us - low.us);
}

/** The best of climbs from both corners, from the walk between them, and of the network itself. */
function bestFrom(
  [low, high]: readonly (Corner | undefined)[],
  start: Assignment,
  position: (assignment: Assignment) => Position,
  choices: readonly Choice[],
  { strict, relaxed }: Ranks,
): Position {
  let best = position(start);
  let top = strict(best.score());
  const corners = [low, high].filter((c) => c !== undefined);
  const places = corners.map((c) => position(c.assignment));
  if (low && high) {
    const between = position(low.assignment);
    walk(between, high.assignment, relaxed);
    places[0] = between;
  }
  for (const place of places) {
    climb(place, choices, relaxed);
    climb(place, choices, strict);
    const rank = strict(place.score());
    if (rank[0] > top[0] || (rank[0] === top[0] && rank[1] > top[1])) {
      best = place;
      top = rank;
    }
  }
  return best;
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
