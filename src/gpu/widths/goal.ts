/** What a retuned network is for, as an objective and limits on it. */
import type { Quantity } from "./factors.ts";
import type { Score } from "./local-search.ts";
import type { WidthModel } from "./model.ts";

export const MAXIMISED = ["macs", "params", "capacity"] as const;
export type Maximised = (typeof MAXIMISED)[number];

/** What stays, and so what is improved. */
export type Goal =
  /** Most MACs (or parameters, or capacity) at a predicted latency of at most the original's. */
  | { readonly keep: "latency"; readonly maximise?: Maximised }
  /** Least latency with no less capacity. */
  | { readonly keep: "capacity" }
  /** Least latency with the MACs within 1 % of the original's. */
  | { readonly keep: "macs" }
  /** Narrower only: most importance (or what is named) within a share of the original latency. */
  | { readonly keep: "budget"; readonly share: number; readonly maximise?: Maximised };

/** Least MACs, parameters and capacity, as shares (0 to 1) of the original's. */
export interface Floors {
  readonly macs: number;
  readonly params: number;
  readonly capacity: number;
}

/** `keep macs`: relative. */
const MACS_TOLERANCE = 0.01;

/**
 * What a goal asks for where nothing else is said. Equal MACs leave room for less time only where
 * layers shift; a budget takes away from everything.
 */
export function defaultFloors({ keep }: Goal): Floors {
  switch (keep) {
    case "latency":
    case "capacity":
      return { macs: 1, params: 1, capacity: 1 };
    case "macs":
      return { macs: 1 - MACS_TOLERANCE, params: 1, capacity: 0 };
    case "budget":
      return { macs: 0, params: 0, capacity: 0 };
  }
}

export interface Limit {
  readonly quantity: Quantity;
  /** 1: at most; -1: at least. */
  readonly sign: 1 | -1;
  readonly limit: number;
  readonly scale: number;
}

export interface Aim {
  /** `latency` is minimised, everything else maximised. */
  readonly objective: Quantity | "latency";
  /** Of the latency, microseconds; undefined where it is the objective. */
  readonly mostUs: number | undefined;
  readonly limits: readonly Limit[];
}

export function aimOf(model: WidthModel, goal: Goal, floors: Floors): Aim {
  const macs = model.macs(model.widths);
  const params = model.params(model.widths);
  const us = model.timeline(model.widths).latencyUs;
  const least = (quantity: Quantity, of: number, share: number): Limit[] =>
    share > 0 ? [{ quantity, sign: -1, limit: share * of, scale: of }] : [];
  const capacity = model.capacity(model.widths);
  const enough = [
    ...least("macs", macs, floors.macs),
    ...least("params", params, floors.params),
    ...least("capacity", capacity, floors.capacity),
  ];
  switch (goal.keep) {
    case "latency":
      return { objective: goal.maximise ?? "macs", mostUs: us, limits: enough };
    case "capacity":
      return { objective: "latency", mostUs: undefined, limits: enough };
    case "macs":
      return {
        objective: "latency",
        mostUs: undefined,
        limits: [
          ...enough,
          { quantity: "macs", sign: 1, limit: (1 + MACS_TOLERANCE) * macs, scale: macs },
        ],
      };
    case "budget":
      return {
        objective: goal.maximise ?? "importance",
        mostUs: goal.share * us,
        limits: enough,
      };
  }
}

/** The objective, larger is better. */
export function worthOf({ objective }: Aim, score: Score): number {
  return objective === "latency" ? -score.latencyUs : score[objective];
}
