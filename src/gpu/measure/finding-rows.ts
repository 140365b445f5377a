/** What a session found out, row by row, as `tidemark measure` and the web app show it. */
import type { Findings } from "./findings.ts";
import { smCountOf } from "./residency.ts";

export interface FindingRow {
  readonly finding: string;
  readonly value: number | undefined;
  readonly unit: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly about: string;
}

export function findingRows(findings: Findings): FindingRow[] {
  const { sms, slots } = findings;
  const rows = [
    stairs("SMs", "SM", sms, smCountOf(sms)),
    stairs(`slots of ${shapeText(slots)}`, "workgroups", slots.staircase),
    ...[slots, ...findings.residencies].map((r) => ({
      finding: `residents of ${shapeText(r)}`,
      value: r.perSm,
      unit: "workgroups/SM",
      low: r.perSm,
      high: r.perSm,
      about: r.reason ?? "",
    })),
    quantity("FP32 rate", "TFLOP/s", findings.fp32Tflops),
    quantity("DRAM bandwidth", "GB/s", findings.dramGbs),
    quantity("empty kernel", "us", findings.launchUs),
    ...findings.widths.map((w) => {
      const row = stairs(`step of ${w.kernel} over ${w.over}`, "channels", w.staircase);
      return w.expected === undefined
        ? row
        : { ...row, about: `${row.about}; expected ${w.expected}` };
    }),
  ];
  return rows;
}

function shapeText(r: { readonly workgroup: number; readonly workgroupStorageBytes: number }) {
  return `${r.workgroup} threads, ${r.workgroupStorageBytes / 1024} KiB`;
}

function quantity(finding: string, unit: string, q: Findings["launchUs"]): FindingRow {
  const about = `quartiles of ${q.n} timings`;
  return { finding, value: q.value, unit, low: q.q1, high: q.q3, about };
}

function stairs(finding: string, unit: string, s: Findings["sms"], value?: number): FindingRow {
  if (!s.found)
    return {
      finding,
      value,
      unit,
      low: undefined,
      high: undefined,
      about: `no staircase found: ${s.reason}`,
    };
  const about =
    `${s.edgesSeen} of ${s.edges} edges, ${Math.round(100 * s.hardness)} % of the growth in steps, ` +
    `spread ${(100 * s.noise).toPrecision(2)} %, confidence ${s.confidence}`;
  return { finding, value: s.period, unit, low: s.low, high: s.high, about };
}
