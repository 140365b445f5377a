/** What nodes can be coloured and sorted by. Values of groups are sums over what is in them. */
import { formatNumber, formatSi, formatUs } from "../../../../src/report/number.ts";
import type { Outline } from "../../graph-view/outline.ts";
import type { Costs, Facts } from "./protocol.ts";

export interface Cost {
  readonly id: string;
  readonly label: string;
  /** Above a column. */
  readonly short: string;
  /** For the CSV file's header. */
  readonly unit: string;
  readonly format: (value: number) => string;
  /** Of a prediction, which branches have no part in. */
  readonly predicted?: true;
  /** By item; undefined where it is not known (yet). */
  readonly of: (facts: Facts | undefined, costs: Costs | undefined) => Float64Array | undefined;
}

export const COSTS: readonly [Cost, ...Cost[]] = [
  {
    id: "time",
    label: "Predicted time",
    short: "Time",
    unit: "us",
    format: formatUs,
    predicted: true,
    of: (_, costs) => costs?.timeUs,
  },
  {
    id: "waves",
    label: "Waves lost to the tail",
    short: "Waves lost",
    unit: "waves",
    format: (x) => `${formatNumber(Number(x.toPrecision(3)), 3)} ${x === 1 ? "wave" : "waves"}`,
    predicted: true,
    of: (_, costs) => costs?.lostWaves,
  },
  {
    id: "tail",
    label: "Time lost to the tail",
    short: "Tail time",
    unit: "us",
    format: formatUs,
    predicted: true,
    of: (_, costs) => costs?.tailUs,
  },
  {
    id: "bytes",
    label: "Bytes moved (DRAM)",
    short: "DRAM bytes",
    unit: "bytes",
    format: (x) => formatSi(x, "B"),
    predicted: true,
    of: (_, costs) => costs?.dramBytes,
  },
  {
    id: "macs",
    label: "MACs",
    short: "MACs",
    unit: "MACs",
    format: (x) => formatSi(x),
    of: (facts) => facts?.macs,
  },
  {
    id: "params",
    label: "Parameters",
    short: "Parameters",
    unit: "parameters",
    format: (x) => formatSi(x),
    of: (facts) => facts?.params,
  },
];

export const costById = (id: string | undefined): Cost =>
  COSTS.find((cost) => cost.id === id) ?? COSTS[0];

/** By entity: items as they are, groups as sums of what is in them, but for branches inside. */
export function withSums({ groupOf, groups }: Outline, values: Float64Array): Float64Array {
  const items = values.length;
  const out = new Float64Array(items + groups.length);
  out.set(values);
  for (let i = 0; i < items; i++) if (groupOf[i]! >= 0) out[items + groupOf[i]!]! += values[i]!;
  for (let g = groups.length - 1; g >= 0; g--) {
    const { parent, branch } = groups[g]!;
    if (parent >= 0 && !branch) out[items + parent]! += out[items + g]!;
  }
  return out;
}

/** By entity: 1 for each item that is not counted; for each group, how many of its items are in no sum. */
export function missingIn(outline: Outline, gaps: Float64Array): Float64Array {
  const out = withSums(outline, gaps);
  const { groups, kinds } = outline;
  // All of a branch is missing around it, in all that is around that too.
  groups.forEach(({ branch, parent, size }) => {
    if (!branch) return;
    for (let g = parent; g >= 0; g = groups[g]!.branch ? -1 : groups[g]!.parent)
      out[kinds.length + g]! += size;
  });
  return out;
}

/** Items of a group, those of inner groups too; of an item, itself. */
export function itemsIn({ groupOf, groups, kinds }: Outline, entity: number): number[] {
  if (entity < kinds.length) return [entity];
  const inside = new Uint8Array(groups.length);
  inside[entity - kinds.length] = 1;
  groups.forEach(({ parent }, g) => {
    if (parent >= 0 && inside[parent]) inside[g] = 1;
  });
  const out: number[] = [];
  groupOf.forEach((g, i) => {
    if (g >= 0 && inside[g]) out.push(i);
  });
  return out;
}
