/**
 * From a corner of the hull to the constraint itself, which is on the two clocks of host and GPU and
 * not on a sum: single moves and exchanges of two, each judged by the network's timeline.
 */
import { runTimeline } from "../timeline.ts";
import type { Choice } from "./choices.ts";
import { type Assignment, type Quantity, setOption, widthsOf } from "./factors.ts";
import type { SizedLaunch } from "./launch.ts";
import type { WidthModel } from "./model.ts";

/** What a search sees of an assignment. */
export interface Score extends Readonly<Record<Quantity, number>> {
  readonly latencyUs: number;
}

/** Larger is better; lexicographic. The first tells by how much a limit is broken (0: all hold). */
export type Rank = (score: Score) => readonly [number, number];

/** An assignment with its launches, so that a move costs only what it touches. */
export class Position {
  readonly #model: WidthModel;
  readonly #choices: readonly Choice[];
  readonly #touched: readonly (readonly number[])[];
  readonly #importance: readonly Float64Array[] | undefined;
  readonly assignment: number[];
  readonly #widths: number[];
  readonly #launches: SizedLaunch[];
  readonly #capacity: number[];

  /** @param importance of each option of each choice; absent: none */
  constructor(
    model: WidthModel,
    choices: readonly Choice[],
    assignment: Assignment,
    importance: readonly Float64Array[] | undefined,
  ) {
    this.#model = model;
    this.#choices = choices;
    this.#importance = importance;
    this.#touched = choices.map((c) => [...new Set(c.dims.flatMap((d) => model.touching[d]!))]);
    this.assignment = [...assignment];
    this.#widths = widthsOf(model, choices, assignment);
    this.#launches = model.launches.map(({ index }) => model.launch(index, this.#widths));
    this.#capacity = this.#launches.map((l, i) => model.capacities.of(i, l.weights));
  }

  score(): Score {
    let macs = 0;
    let params = 0;
    let capacity = 0;
    for (let i = 0; i < this.#launches.length; i++) {
      macs += this.#launches[i]!.macs;
      params += this.#launches[i]!.params;
      capacity += this.#capacity[i]!;
    }
    const { latencyUs } = runTimeline(this.#launches, this.#model.figures);
    let importance = 0;
    this.#importance?.forEach((values, i) => {
      importance += values[this.assignment[i]!]!;
    });
    return { latencyUs, macs, params, capacity, importance };
  }

  set(choice: number, option: number): void {
    if (this.assignment[choice] === option) return;
    this.assignment[choice] = option;
    setOption(this.#widths, this.#choices[choice]!, option);
    for (const i of this.#touched[choice]!) {
      const launch = this.#model.launch(i, this.#widths);
      this.#launches[i] = launch;
      this.#capacity[i] = this.#model.capacities.of(i, launch.weights);
    }
  }

  place(assignment: Assignment): void {
    assignment.forEach((option, choice) => {
      this.set(choice, option);
    });
  }

  widths(): readonly number[] {
    return [...this.#widths];
  }

  launches(): readonly SizedLaunch[] {
    return this.#launches;
  }
}

/** Exchanges that are tried a round, best first by what the two moves gain alone. */
const EXCHANGES = 150;
const MOST_ROUNDS = 40;

/**
 * Moves to better assignments until none is near.
 *
 * @param merit what a move gains less the price of what it takes: exchanges are made of those with most
 */
export function climb(
  position: Position,
  choices: readonly Choice[],
  rank: Rank,
  merit: (score: Score) => number,
): void {
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
    const pairs = promisingPairs(moves, base, rank, here, merit);
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
  position.place(best);
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

/** Moves that exchanges are made of. */
const PAIRED = 96;

/** Pairs of moves, each about worth its price, which together would be an improvement. */
function promisingPairs(
  moves: readonly Move[],
  base: Score,
  rank: Rank,
  here: readonly [number, number],
  merit: (score: Score) => number,
): [Move, Move][] {
  const worth = moves
    .map((move) => ({ move, merit: merit(move.score) }))
    .sort((a, b) => b.merit - a.merit)
    .slice(0, PAIRED);
  const pairs: { pair: [Move, Move]; rank: readonly [number, number] }[] = [];
  worth.forEach(({ move: a }, i) => {
    for (const { move: b } of worth.slice(i + 1)) {
      if (a.choice === b.choice) continue;
      const both = rank(together(a.score, b.score, base));
      if (better(both, here)) pairs.push({ pair: [a, b], rank: both });
    }
  });
  pairs.sort((a, b) => (better(a.rank, b.rank) ? -1 : better(b.rank, a.rank) ? 1 : 0));
  return pairs.slice(0, EXCHANGES).map((p) => p.pair);
}

/** What two moves make, were their effects to add. */
function together(a: Score, b: Score, base: Score): Score {
  return {
    latencyUs: a.latencyUs + b.latencyUs - base.latencyUs,
    macs: a.macs + b.macs - base.macs,
    params: a.params + b.params - base.params,
    capacity: a.capacity + b.capacity - base.capacity,
    importance: a.importance + b.importance - base.importance,
  };
}

export function better(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1] * (1 + Math.sign(b[1]) * 1e-9));
}
