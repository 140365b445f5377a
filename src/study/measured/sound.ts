/**
 * What a fit may rest on: times that the board can have, and one time for each launch. A fit to
 * anything else would succeed, and say nothing.
 */
import { UserError } from "../../base/errors.ts";
import { median } from "../../base/stats.ts";
import type { NetworkObservation } from "../../gpu/calibration/network-observation.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import type { Device } from "../../gpu/device.ts";
import { describeWork } from "../../gpu/validation/kernels.ts";
import type { NetworkRow } from "../../gpu/validation/networks.ts";
import { impossibleKernel } from "./impossible.ts";

/**
 * Times of one launch that differ by more contradict one another. Repeated rows of the public tables
 * stay within 1.4 of each other, those of networks on two hosts within 1.5.
 */
export const CONTRADICTION = 2;

export interface KernelRow {
  readonly observation: Observation;
  readonly source: string;
}

/** Launches that were measured more than once, and the rows that hold them. */
export interface Repeats {
  readonly launches: number;
  readonly rows: number;
}

interface Sound<T> {
  readonly rows: readonly T[];
  readonly repeats: Repeats;
}

/**
 * Each launch once, with the median of its times.
 *
 * @throws UserError for a time below what the data sheet allows, and for times of one launch that
 * contradict one another: the rows and both values
 */
export function soundKernels(rows: readonly KernelRow[], board: Device): Sound<KernelRow> {
  refuseImpossible(
    rows.flatMap((row) => {
      const what = impossibleKernel(row.observation, board);
      return what === undefined ? [] : [`${row.source} (${nameOf(row.observation)}): ${what}`];
    }),
    board,
  );
  return merged(rows, launchOf, ({ observation: o }) => nameOf(o), board);
}

/** The same of networks, each on its machine; whether their times can be is for their samples to say. */
export function soundNetworks(rows: readonly NetworkRow[], board: Device): Sound<NetworkRow> {
  return merged(
    rows,
    ({ observation }) => JSON.stringify({ ...observation, measuredUs: 0 }),
    ({ observation: o }) => `${o.network} at batch ${o.batch}`,
    board,
  );
}

/** @param found each with its row, both times and the limit */
export function refuseImpossible(found: readonly string[], board: Device): void {
  const [first] = found;
  if (first === undefined) return;
  throw new UserError(
    `${board.id} cannot have been as fast as these rows say: ${first}${andMore(found.length - 1, "row")}`,
    {
      hint: "check their board, precision, unit and sizes; correct or remove them. Nothing was written",
    },
  );
}

const nameOf = (o: Observation): string => `${describeWork(o.work)} in ${o.precision}`;

/** Rows of one launch: the work, and what the table says of how it ran. */
function launchOf({ observation: o }: KernelRow): string {
  const { origin, family, precision, work, onGpu, variant, recorded } = o;
  return JSON.stringify([origin, family, precision, work, onGpu, variant, recorded?.algorithm]);
}

function merged<
  T extends { readonly observation: Observation | NetworkObservation; readonly source: string },
>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  describe: (row: T) => string,
  board: Device,
): Sound<T> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const repeated = [...groups.values()].filter((group) => group.length > 1);
  const contradictions = repeated.flatMap((group) => {
    const sorted = group.toSorted((a, b) => a.observation.measuredUs - b.observation.measuredUs);
    const [low, high] = [sorted[0]!, sorted.at(-1)!];
    const factor = high.observation.measuredUs / low.observation.measuredUs;
    return factor > CONTRADICTION ? [{ low, high, factor }] : [];
  });
  contradictions.sort((a, b) => b.factor - a.factor);
  const [worst] = contradictions;
  if (worst !== undefined) {
    const { low, high, factor } = worst;
    const time = (row: T) => `${row.observation.measuredUs.toPrecision(4)} us`;
    throw new UserError(
      `${board.id}: ${low.source} and ${high.source} measure the same launch, ${describe(low)}, and take ${time(low)} and ${time(high)}, a factor of ${factor.toPrecision(3)}${andMore(contradictions.length - 1, "launch")}`,
      {
        hint: `up to ${CONTRADICTION} is scatter and its median is fitted; beyond it, keep the rows that are right, or name two set-ups in the column data. Nothing was written`,
      },
    );
  }
  return {
    rows: [...groups.values()].map((group) => {
      const [first] = group;
      if (group.length === 1) return first!;
      const measuredUs = median(group.map((row) => row.observation.measuredUs));
      return { ...first!, observation: { ...first!.observation, measuredUs } };
    }),
    repeats: {
      launches: repeated.length,
      rows: repeated.reduce((sum, group) => sum + group.length, 0),
    },
  };
}

function andMore(count: number, what: string): string {
  if (count === 0) return "";
  const plural = what.endsWith("h") ? `${what}es` : `${what}s`;
  return `; ${count} more ${count === 1 ? what : plural} like it`;
}
