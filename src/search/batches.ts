/** The asking and telling that all algorithms with a population share. */
import { invariant } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { type Standing, standingOf } from "./standing.ts";
import type { Algorithm, Design, Outcome } from "./types.ts";
import type { Variator } from "./variator.ts";

/** A design that was told. */
export interface Member<G> extends Standing {
  readonly genome: G;
}

/** What an algorithm adds: batches, each bred from what was told before it. */
export interface Breeder<G> {
  /** The next batch, new designs all; empty ends the search. */
  breed(): readonly G[];
  /** The batch that was bred last, told. */
  select(batch: readonly Member<G>[]): void;
  state(): Json;
}

interface BatchState {
  readonly batch: readonly Design[];
  readonly told: readonly StandingState[];
  readonly breeder: Json;
}

type StandingState = readonly [tier: number, violation: Json, objectives: readonly Json[]];

/** The state of the breeder in the state of an algorithm made by `inBatches`. */
export function breederState(state: Json | undefined): Json | undefined {
  return (state as unknown as BatchState | undefined)?.breeder;
}

/**
 * Hands a breeder's batches out in pieces of any size and gives each back whole, so that how a
 * batch is cut up, and by how many workers, changes nothing. What was asked but not told when the
 * state was read is asked again.
 */
export function inBatches<G>(
  variator: Variator<G>,
  breeder: Breeder<G>,
  restored?: Json,
): Algorithm {
  let batch: readonly G[] = [];
  let designs: readonly Design[] = [];
  let told: Member<G>[] = [];
  let asked = 0;
  if (restored !== undefined) {
    const state = restored as unknown as BatchState;
    designs = state.batch;
    batch = designs.map((design) => variator.toGenome(design));
    told = state.told.map((s, i) => ({ genome: batch[i]!, ...standingFromJson(s) }));
    asked = told.length;
  }
  return {
    ask(limit) {
      invariant(asked === told.length, `ask before ${asked - told.length} designs were told`);
      if (asked === batch.length) {
        batch = breeder.breed();
        designs = batch.map((genome) => variator.toDesign(genome));
        told = [];
        asked = 0;
      }
      const next = designs.slice(asked, asked + limit);
      asked += next.length;
      return next;
    },
    tell(results) {
      const open = asked - told.length;
      invariant(results.length === open, `told ${results.length} designs, asked ${open}`);
      for (const { outcome } of results) {
        told.push(toMember(batch[told.length]!, outcome));
      }
      if (told.length === batch.length && open > 0) breeder.select(told);
    },
    state: () => ({
      batch: designs,
      told: told.map(standingToJson),
      breeder: breeder.state(),
    }),
  };
}

function toMember<G>(genome: G, outcome: Outcome): Member<G> {
  const { tier, violation, objectives } = standingOf(outcome);
  return { genome, tier, violation, objectives };
}

export function standingToJson({ tier, violation, objectives }: Standing): StandingState {
  return [tier, numberToJson(violation), objectives.map(numberToJson)];
}

export function standingFromJson([tier, violation, objectives]: StandingState): Standing {
  return {
    tier: tier as Standing["tier"],
    violation: Number(violation),
    objectives: objectives.map(Number),
  };
}

/** JSON has no infinities, and loses the sign of -0 (which no comparison sees). */
function numberToJson(x: number): Json {
  return Number.isFinite(x) ? x : String(x);
}

interface MemberState {
  readonly design: Design;
  readonly standing: StandingState;
}

export function membersToJson<G>(members: readonly Member<G>[], variator: Variator<G>): Json {
  return members.map((m) => ({
    design: variator.toDesign(m.genome),
    standing: standingToJson(m),
  }));
}

export function membersFromJson<G>(state: Json, variator: Variator<G>): Member<G>[] {
  return (state as unknown as readonly MemberState[]).map(({ design, standing }) => ({
    genome: variator.toGenome(design),
    ...standingFromJson(standing),
  }));
}
