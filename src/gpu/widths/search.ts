/**
 * The search for widths: a linear relaxation says what is possible at most and where to begin, a local
 * search on the two clocks of host and GPU finds assignments. What the relaxation's prices do not rule
 * out is then gone through, best first: where it ends in time, the result is optimal.
 */
import type { Launch } from "../lower.ts";
import { runTimeline } from "../timeline.ts";
import type { Choice } from "./choices.ts";
import { below, type Plan, planElimination } from "./elimination.ts";
import { enumerate } from "./enumeration.ts";
import { type Assignment, sumOf, type Tables, total, usFrom } from "./factors.ts";
import { type Aim, worthOf } from "./goal.ts";
import { better, climb, Position, type Score, walk } from "./local-search.ts";
import type { WidthModel } from "./model.ts";
import {
  excess,
  type Problem,
  priced,
  type Relaxation,
  type Row,
  relax,
  termsAt,
} from "./relaxation.ts";

export interface Searched {
  readonly widths: readonly number[];
  readonly score: Score;
  /** No assignment has more of the objective; of a latency, microseconds: less. */
  readonly bound: number;
  /** Choices that the bound takes as they are. */
  readonly held: number;
  /** Nothing better is possible: all else was tried or ruled out, or the bound is reached. */
  readonly optimal: boolean;
  /** All limits hold. */
  readonly within: boolean;
}

/** Limits on the latency that are added where the timeline shows that they were missing. */
const MOST_ROUNDS = 6;
/** Corners of the best mixture from which the local search starts. */
const MOST_STARTS = 3;
/** A broken limit costs this many times what the relaxation says. */
const PENALTY = 2;
/** Price of a limit that does not bind the mixture: of its excess as a share, in shares of the objective. */
const SLACK_PRICE = 0.25;
/**
 * Combinations of the options that the relaxation met, places in their tree that are looked at, and
 * timelines that are run.
 */
const MOST_MIXED = 1e7;
const MOST_MIXED_VISITS = 20_000;
const MOST_MIXED_TRIED = 200;
/**
 * Options that are set in going through what the prices do not rule out; of so many combinations that
 * there is no hope of an end, only enough to meet better ones.
 */
const MOST_STEPS = 150_000;
const ENDLESS = 1e16;
const FEW_STEPS = 10_000;
/** Of those, a result this near to the bound is left as the climb has it. */
const NEAR = 0.01;

export class WidthSearch {
  readonly #model: WidthModel;
  readonly #choices: readonly Choice[];
  readonly #tables: Tables;
  readonly #importance: readonly Float64Array[] | undefined;
  readonly #aim: Aim;
  readonly #plan: Plan;
  readonly #before: Score;
  readonly #combinations: number;
  /** What differences of the objective are measured in. */
  readonly #scale: number;
  /** From each of these launches on: latency >= host time until it is issued + GPU time from there. */
  readonly #cuts = new Map<number, { readonly row: Omit<Row, "limit">; readonly headUs: number }>();

  /** @param importance of each option of each choice; absent: none */
  constructor(
    model: WidthModel,
    choices: readonly Choice[],
    tables: Tables,
    importance: readonly Float64Array[] | undefined,
    aim: Aim,
  ) {
    this.#model = model;
    this.#choices = choices;
    this.#tables = tables;
    this.#importance = importance;
    this.#aim = aim;
    this.#plan = planElimination(
      choices.map((c) => c.options.length),
      tables.factors.map((f) => f.choices),
    );
    this.#combinations = choices.reduce((n, c) => n * c.options.length, 1);
    this.#before = this.#position(choices.map((c) => c.current)).score();
    this.#scale = Math.abs(worthOf(aim, this.#before)) || 1;
    this.#addCut(0);
  }

  run(): Searched {
    const reference = this.#reference();
    const begin = this.#position(reference);
    if (this.#violation(begin.score()) > 0) return this.#searched(begin, Number.NaN, false);
    let relaxation = relax(this.#problem(), this.#plan, reference);
    for (let round = 1; round < MOST_ROUNDS; round++) {
      if (!this.#cutAt(relaxation.corners)) break;
      relaxation = relax(this.#problem(), this.#plan, reference, relaxation.columns);
    }
    const bound = this.#boundOf(relaxation.bound);
    const climbed = this.#climbFrom(relaxation, begin);
    const worth = worthOf(this.#aim, climbed.score());
    const near = bound - worth <= NEAR * Math.abs(bound);
    if (near && this.#combinations > ENDLESS) return this.#searched(climbed, bound, false);
    const { best, complete } = this.#branch(relaxation, this.#mixed(relaxation, climbed));
    return this.#searched(best, complete ? worthOf(this.#aim, best.score()) : bound, complete);
  }

  /** The network as it is, beside what was found. */
  asItIs({ bound, held }: Searched): Searched {
    const widths = this.#model.widths;
    const optimal = this.#before.latencyUs <= bound * (1 + 1e-9);
    return { widths, score: this.#before, bound, held, optimal, within: true };
  }

  /** An assignment within all limits: the network as it is, or where a budget cuts it the fastest. */
  #reference(): Assignment {
    const start = this.#choices.map((c) => c.current);
    if (this.#violation(this.#before) === 0) return start;
    const price = [...this.#cuts.keys()].map((_, i) => (i === 0 ? 1 : 0));
    const fastest = this.#position(
      priced({ ...this.#problem(), objective: undefined }, this.#plan, start, price),
    );
    if (this.#violation(fastest.score()) > 0) {
      const byLatency = ({ latencyUs }: Score) => [0, -latencyUs] as const;
      climb(fastest, this.#choices, byLatency, ({ latencyUs }) => -latencyUs);
    }
    return fastest.assignment;
  }

  #position(assignment: Assignment): Position {
    return new Position(this.#model, this.#choices, assignment, this.#importance);
  }

  #addCut(launch: number): void {
    const { figures, launches, widths } = this.#model;
    // The host's time for its operators does not depend on their widths.
    let headUs = figures.usToStart - figures.gapUs;
    for (const { index } of launches.slice(0, launch + 1))
      headUs += this.#model.launch(index, widths).hostUs;
    const { mostUs } = this.#aim;
    const row = {
      sum: usFrom(this.#tables, launch),
      sign: 1,
      scale: mostUs ?? this.#before.latencyUs,
      improves: mostUs === undefined,
    } as const;
    this.#cuts.set(launch, { row, headUs });
  }

  /** Adds the limits that decide the latency of some assignments; false where all are there. */
  #cutAt(assignments: readonly Assignment[]): boolean {
    let added = false;
    for (const assignment of assignments) {
      const launches: readonly Launch[] = this.#position(assignment).launches();
      let at = -1;
      let waits = 0;
      runTimeline(launches, this.#model.figures, (launch, i, idleUs) => {
        if (i === 0) at = launches.indexOf(launch, at + 1);
        if (i === 0 && idleUs > this.#model.figures.gapUs) waits = at;
      });
      if (this.#cuts.has(waits)) continue;
      this.#addCut(waits);
      added = true;
    }
    return added;
  }

  #problem(): Problem {
    const { objective, limits, mostUs } = this.#aim;
    const most = mostUs ?? this.#before.latencyUs;
    return {
      tables: this.#tables,
      rows: [
        ...[...this.#cuts.values()].map(({ row, headUs }) => ({ ...row, limit: most - headUs })),
        ...limits.map((limit) => ({
          ...limit,
          sum: sumOf(this.#tables, limit.quantity),
          improves: false,
        })),
      ],
      objective: objective === "latency" ? undefined : sumOf(this.#tables, objective),
      scale: this.#scale,
    };
  }

  #violation(score: Score): number {
    let sum = 0;
    for (const limit of this.#aim.limits) sum += Math.max(0, excess(limit, score[limit.quantity]));
    return sum + Math.max(0, this.#late(score));
  }

  /** Share by which the latency passes its limit. */
  #late({ latencyUs }: Score): number {
    const { mostUs } = this.#aim;
    return mostUs === undefined ? 0 : latencyUs / mostUs - 1;
  }

  /** The best of climbs from the mixture's corners and from between them, and of `begin`. */
  #climbFrom({ corners, prices }: Relaxation, begin: Position): Position {
    const worth = (score: Score) => worthOf(this.#aim, score);
    const slack = SLACK_PRICE * this.#scale;
    const cuts = this.#cuts.size;
    const ofLatency = prices.slice(0, cuts).reduce((a, b) => a + b, 0);
    const priceOf = (price: number) => PENALTY * Math.max(price, slack);
    const cost = (score: Score, counted: (share: number) => number): number => {
      let sum = priceOf(ofLatency) * counted(this.#late(score));
      this.#aim.limits.forEach((limit, i) => {
        const over = excess(limit, score[limit.quantity]);
        sum += priceOf(prices[cuts + i]!) * counted(over);
      });
      return sum;
    };
    const strict = this.#strict();
    const relaxed = (score: Score) =>
      [0, worth(score) - cost(score, (share) => Math.max(0, share))] as const;
    const merit = (score: Score) => worth(score) - cost(score, (share) => share) / PENALTY;
    const places = corners.slice(0, MOST_STARTS).map((c) => this.#position(c));
    const [low, high] = corners;
    if (low !== undefined && high !== undefined) {
      const between = this.#position(low);
      walk(between, high, relaxed);
      places[0] = between;
    }
    let best = begin;
    for (const place of places) {
      climb(place, this.#choices, relaxed, merit);
      climb(place, this.#choices, strict, merit);
      if (better(strict(place.score()), strict(best.score()))) best = place;
    }
    // No climb came back within the limits.
    if (best === begin) climb(best, this.#choices, strict, merit);
    return best;
  }

  /** The best assignment whose every option `best` has or one that the relaxation met. */
  #mixed({ corners, columns }: Relaxation, best: Position): Position {
    const allowed = best.assignment.map((option) => [option]);
    for (const column of [...corners, ...columns.toReversed()]) {
      const wider = allowed.map((options, c) => new Set([...options, column[c]!]).size);
      if (wider.reduce((n, w) => n * w, 1) > MOST_MIXED) break;
      column.forEach((option, c) => {
        if (!allowed[c]!.includes(option)) allowed[c]!.push(option);
      });
    }
    const floor = this.#improvement(worthOf(this.#aim, best.score()));
    const { candidates } = enumerate(this.#problem(), allowed, floor, MOST_MIXED_VISITS);
    for (const { assignment } of candidates.slice(0, MOST_MIXED_TRIED)) {
      const position = this.#position(assignment);
      const strict = this.#strict();
      if (!better(strict(position.score()), strict(best.score()))) continue;
      return position;
    }
    return best;
  }

  /** Better assignments among those that the relaxation's prices do not rule out. */
  #branch({ prices }: Relaxation, best: Position): { best: Position; complete: boolean } {
    if (this.#plan.held.length > 0) return { best, complete: false };
    const problem = this.#problem();
    const { rows, objective, scale } = problem;
    const shares = prices.map((p) => p / scale);
    let offset = (objective?.rest ?? 0) / scale;
    rows.forEach((row, r) => {
      offset -= shares[r]! * excess(row, row.sum.rest);
    });
    let top = worthOf(this.#aim, best.score());
    let found = best;
    const limit = () => offset - this.#improvement(top) / scale;
    const tried = this.#position(best.assignment);
    const complete = below(
      this.#plan,
      termsAt(problem, shares),
      best.assignment,
      limit(),
      (assignment) => {
        const broken = rows.some((r) => excess(r, total(this.#tables, r.sum, assignment)) > 1e-9);
        if (broken) return limit();
        tried.place(assignment);
        const score = tried.score();
        const worth = worthOf(this.#aim, score);
        if (this.#violation(score) === 0 && worth > top) {
          top = worth;
          found = this.#position(assignment);
        }
        return limit();
      },
      this.#combinations > ENDLESS ? FEW_STEPS : MOST_STEPS,
    );
    return { best: found, complete };
  }

  /** What `enumerate` calls worth. */
  #improvement(worth: number): number {
    return this.#aim.objective === "latency" ? this.#before.latencyUs + worth : worth;
  }

  #strict() {
    return (score: Score) => [-this.#violation(score), worthOf(this.#aim, score)] as const;
  }

  /** What the relaxation bounds: the objective, or as a negative number the latency. */
  #boundOf(bound: number): number {
    if (this.#aim.objective !== "latency") return bound;
    const { figures, launches, widths } = this.#model;
    let hostUs = figures.usToStart;
    for (const { index } of launches) hostUs += this.#model.launch(index, widths).hostUs;
    return -Math.max(this.#before.latencyUs - bound, hostUs);
  }

  #searched(position: Position, bound: number, tried: boolean): Searched {
    const score = position.score();
    const worth = worthOf(this.#aim, score);
    const held = tried ? 0 : this.#plan.held.length;
    const reached = held === 0 && bound - worth <= 1e-9 * this.#scale;
    return {
      widths: position.widths(),
      score,
      bound: this.#aim.objective === "latency" ? -bound : bound,
      held,
      optimal: tried || reached,
      within: this.#violation(score) === 0,
    };
  }
}
