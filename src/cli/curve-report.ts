/** What `tidemark dynamic curve` prints. */
import type { CurvePoint, RegionCurve } from "../dynamic/curve/curve.ts";
import type { CurveSurvey } from "../dynamic/curve/survey.ts";
import { type Column, formatPercent, type RowFormat } from "../report/index.ts";
import { printJson, printRows } from "./print.ts";
import { say } from "./talk.ts";

interface Row {
  readonly curve: RegionCurve;
  readonly point: CurvePoint;
  readonly times: number;
}

const us = (key: string, label: string, value: (row: Row) => number): Column<Row> => ({
  key,
  label,
  unit: "us",
  value,
  text: (row) => value(row).toFixed(1),
});

const COLUMNS: readonly Column<Row>[] = [
  { key: "region", value: (r) => r.curve.region },
  { key: "times", label: "alike", value: (r) => r.times },
  { key: "device", value: (r) => r.curve.device },
  { key: "block", value: (r) => r.curve.block.join("x") },
  { key: "kept", value: (r) => r.point.fraction, text: (r) => formatPercent(r.point.fraction) },
  {
    key: "asked",
    value: (r) => r.point.budget.asked,
    text: (r) => `${r.point.budget.asked} of ${r.curve.blocks}`,
  },
  { key: "blocks", value: (r) => r.curve.blocks, hidden: true },
  { key: "granted", value: (r) => r.point.budget.active },
  { key: "spare", value: (r) => r.point.budget.spare },
  { key: "waves", value: (r) => r.point.budget.waves },
  { key: "denseWaves", value: (r) => r.point.budget.denseWaves, hidden: true },
  us("askedUs", "asked", (r) => r.point.budget.askedLatencyUs),
  us("grantedUs", "granted", (r) => r.point.budget.latencyUs),
  us("smoothUs", "no waves", (r) => r.point.smoothUs),
  us("quantisedUs", "whole rounds", (r) => r.point.quantisedUs),
  us("denseUs", "dense", (r) => r.curve.denseUs),
  {
    key: "promisedSpeedup",
    label: "promised",
    value: (r) => r.point.promisedSpeedup,
    text: (r) => `${r.point.promisedSpeedup.toFixed(2)}x`,
  },
  {
    key: "breakEven",
    label: "break-even",
    value: (r) => r.curve.breakEven.keptFraction ?? null,
    text: (r) => percentOr(r.curve.breakEven.keptFraction, "never"),
  },
  { key: "limiter", value: (r) => r.curve.breakEven.limiter ?? null },
  { key: "run", value: (r) => r.point.budget.verdict, keep: true },
];

/** A row for each region, device and share; what the regions come to on stderr. */
export function printCurve(survey: CurveSurvey, format: RowFormat): void {
  const { regions, curves, batch, left, share } = survey;
  const times = new Map(regions.map((each) => [each.name, each.times]));
  if (format === "json")
    printJson({
      batch,
      ...(share !== undefined && { share }),
      regions,
      left,
      curves: curves.map(({ points, region, device, block, blocks, denseUs, breakEven }) => ({
        region,
        device,
        block,
        blocks,
        denseUs,
        breakEven,
        points: points.map(({ budget, ...point }) => ({ ...point, ...budget })),
      })),
    });
  else
    printRows(
      COLUMNS,
      curves.flatMap((curve) =>
        curve.points.map((point) => ({ curve, point, times: times.get(curve.region) ?? 1 })),
      ),
      format,
    );
  for (const { device, breakEven } of curves) say(`${device}: ${breakEven.verdict}`);
  if (share !== undefined) {
    const count = regions.reduce((sum, each) => sum + each.times, 0);
    say(
      `${count} regions, ${regions.length} of them different, with ${formatPercent(share)} of the MACs; predicted, not measured`,
    );
  }
}

function percentOr(share: number | undefined, otherwise: string): string {
  return share === undefined ? otherwise : formatPercent(share);
}
