/**
 * From a corner of the hull to the constraint itself, which is on the two clocks of host and GPU and
 * not on a sum: single moves and exchanges of two, each judged by the network's timeline.
 */
import { runTimeline } from "../timeline.ts";
import type { Choice } from "./choices.ts";
import { type Assignment, setOption, widthsOf } from "./factors.ts";
import type { SizedLaunch } from "./launch.ts";
import type { WidthModel } from "./model.ts";

/** What a search sees of an assignment. */
export interface Score {
  readonly latencyUs: number;
  readonly macs: number;
  readonly value: number;
}

/** Larger is better; lexicographic. The first tells by how much a constraint is broken (0: it holds). */
export type Rank = (score: Score) => readonly [number, number];

/** An assignment with its launches, so that a move costs only what it touches. */
export class Position {
  readonly #model: WidthModel;
  readonly #choices: readonly Choice[];
  readonly #touched: readonly (readonly number[])[];
  readonly #values: readonly Float64Array[] | undefined;
  readonly assignment: number[];
  readonly #widths: number[];
  readonly #launches: SizedLaunch[];

  /** @param values of each option of each choice; absent: MACs are the value */
  constructor(
    model: WidthModel,
    choices: readonly Choice[],
    assignment: Assignment,
    values: readonly Float64Array[] | undefined,
  ) {
    this.#model = model;
    this.#choices = choices;
    this.#values = values;
    this.#touched = choices.map((c) => [...new Set(c.dims.flatMap((d) => model.touching[d]!))]);
    this.assignment = [...assignment];
    this.#widths = widthsOf(model, choices, assignment);
    this.#launches = model.launches.map(({ index }) => model.launch(index, this.#widths));
  }

  score(): Score {
    let macs = 0;
    for (const launch of this.#launches) macs += launch.macs;
    const { latencyUs } = runTimeline(this.#launches, this.#model.figures);
    const own = this.#values?.reduce((sum, v, i) => sum + v[this.assignment[i]!]!, 0);
    return { latencyUs, macs, value: own ?? macs };
  }

  set(choice: number, option: number): void {
    if (this.assignment[choice] === option) return;
    this.assignment[choice] = option;
    setOption(this.#widths, this.#choices[choice]!, option);
    for (const i of this.#touched[choice]!) this.#launches[i] = this.#model.launch(i, this.#widths);
  }

  widths(): readonly number[] {
    return [...this.#widths];
  }
}

/** Exchanges that are tried a round, best first by what the two moves gain alone. */
const EXCHANGES = 150;
const MOST_ROUNDS = 40;

/** Moves to better assignments until none is near. */
export function climb(position: Position, choices: readonly Choice[], rank: Rank): void {
  let here = rank(position.score());
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const moves = singleMoves(position, choices);
    const before = here;
    const improving = moves
      .map((m) => ({ ...m, rank: rank(m.score) }))
      .filter((m) => better(m.rank, here))
      .sort((a, b) => (better(a.rank, b.rank) ? -1 : better(b.rank, a.rank) ? 1 : 0));
    // The best of them, and whichever others still improve on it.
    for (const { choice, option } of improving) {
      const was = position.assignment[choice]!;
      position.set(choice, option);
      const now = rank(position.score());
      if (better(now, here)) here = now;
      else position.set(choice, was);
    }
    if (better(here, before)) continue;
    const base = position.score();
    const pairs = promisingPairs(moves, base, rank, here);
    const found = pairs.find(([a, b]) => {
      const before = [position.assignment[a.choice]!, position.assignment[b.choice]!] as const;
      position.set(a.choice, a.option);
      position.set(b.choice, b.option);
      const now = rank(position.score());
      if (better(now, here)) {
        here = now;
        return true;
      }
      position.set(a.choice, before[0]);
      position.set(b.choice, before[1]);
      return false;
    });
    if (found === undefined) return;
  }
}

/** Walks from one assignment to another, a choice at a time, and stays at the best place. */
export function walk(position: Position, to: Assignment, rank: Rank): void {
  let best = [...position.assignment];
  let top = rank(position.score());
  const left = new Set([...to.keys()].filter((c) => position.assignment[c] !== to[c]));
  while (left.size > 0) {
    let next = -1;
    let nextRank: readonly [number, number] | undefined;
    for (const c of left) {
      const before = position.assignment[c]!;
      position.set(c, to[c]!);
      const r = rank(position.score());
      if (nextRank === undefined || better(r, nextRank)) {
        next = c;
        nextRank = r;
      }
      position.set(c, before);
    }
    position.set(next, to[next]!);
    left.delete(next);
    if (better(nextRank!, top)) {
      top = nextRank!;
      best = [...position.assignment];
    }
  }
  best.forEach((option, choice) => {
    position.set(choice, option);
  });
}

interface Move {
  readonly choice: number;
  readonly option: number;
  readonly score: Score;
}

function singleMoves(position: Position, choices: readonly Choice[]): Move[] {
  const moves: Move[] = [];
  choices.forEach(({ options }, choice) => {
    const before = position.assignment[choice]!;
    for (let option = 0; option < options.length; option++) {
      if (option === before) continue;
      position.set(choice, option);
      moves.push({ choice, option, score: position.score() });
    }
    position.set(choice, before);
  });
  return moves;
}

/** Moves of each kind that pairs are made of. */
const PAIRED = 48;

/** Pairs of a move that saves time and one that adds value, which together would be an improvement. */
function promisingPairs(
  moves: readonly Move[],
  base: Score,
  rank: Rank,
  here: readonly [number, number],
): [Move, Move][] {
  const saved = (m: Move) => base.latencyUs - m.score.latencyUs;
  const gained = (m: Move) => m.score.value - base.value;
  // What a saver gives up, and what a gainer costs, for each unit of the other.
  const savers = moves.filter((m) => saved(m) > 0);
  savers.sort((a, b) => gained(b) / saved(b) - gained(a) / saved(a));
  const gainers = moves.filter((m) => gained(m) > 0);
  gainers.sort((a, b) => saved(b) / gained(b) - saved(a) / gained(a));
  const pairs: { pair: [Move, Move]; rank: readonly [number, number] }[] = [];
  for (const a of savers.slice(0, PAIRED))
    for (const b of gainers.slice(0, PAIRED)) {
      if (a.choice === b.choice) continue;
      const sum = rank({
        latencyUs: a.score.latencyUs + b.score.latencyUs - base.latencyUs,
        macs: a.score.macs + b.score.macs - base.macs,
        value: a.score.value + b.score.value - base.value,
      });
      if (better(sum, here)) pairs.push({ pair: [a, b], rank: sum });
    }
  pairs.sort((a, b) => (better(a.rank, b.rank) ? -1 : better(b.rank, a.rank) ? 1 : 0));
  return pairs.slice(0, EXCHANGES).map((p) => p.pair);
}

function better(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1] * (1 + Math.sign(b[1]) * 1e-9));
}
