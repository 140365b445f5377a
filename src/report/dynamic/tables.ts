/** The tables of a dynamic network's page. */
import { escapeXml } from "../front-svg.ts";
import { formatNumber, formatSi } from "../number.ts";
import { exitCount, type RunResult } from "./data.ts";
import { predictedNotes } from "./predicted.ts";
import { speedupText } from "./speedup.ts";

export const percent = (x: number | undefined) =>
  x === undefined || Number.isNaN(x) ? "–" : `${(100 * x).toFixed(2)} %`;

const ms = (x: number) => `${formatNumber(Number(x.toPrecision(3)))} ms`;

/** The policy of the page allows no style of an element's own; attributes draw the bar. */
function bar(share: number, name: string): string {
  const width = Math.round(1000 * Math.min(1, Math.max(0, share))) / 10;
  return `<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="${name}" width="${width}" height="8"/></svg>`;
}

type Cell = string | { readonly html: string };

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (each: Cell, i: number) => {
    const inner = typeof each === "string" ? escapeXml(each) : each.html;
    return i === 0 ? `<th scope="row">${inner}</th>` : `<td class="number">${inner}</td>`;
  };
  return `<div class="scroll"><table><thead><tr>${heads
    .map((text, i) => `<th scope="col"${i === 0 ? "" : ' class="number"'}>${escapeXml(text)}</th>`)
    .join("")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map(cell).join("")}</tr>`)
    .join("")}</tbody></table></div>`;
}

export function exitsTable(run: RunResult): string {
  return table(
    ["Exit", "Inputs", "", "Accuracy there", "If all left there", "MACs up to it", "Threshold"],
    run.exits.map((exit, i) => [
      { html: `<i class="swatch exit${mark(i, run)}"></i>${escapeXml(exit.name)}` },
      percent(exit.share),
      { html: bar(exit.share, `exit${mark(i, run)}`) },
      percent(exit.accuracy),
      percent(exit.alone),
      formatSi(exit.macs),
      exit.threshold === undefined ? "–" : formatNumber(exit.threshold),
    ]),
  );
}

/** Dearest first. */
export function classesTable(run: RunResult): string {
  const most = Math.max(...run.classes.map(({ cost }) => cost || 0));
  return table(
    ["Class", "MACs of dense", "", "Accuracy", "Samples"],
    run.classes
      .toSorted((a, b) => (b.cost || 0) - (a.cost || 0))
      .map(({ name, cost, accuracy, samples }) => [
        name,
        percent(cost),
        { html: bar(cost / most, "cost") },
        percent(accuracy),
        formatNumber(samples),
      ]),
  );
}

export function regionsTable(run: RunResult): string {
  return table(
    ["Region", "On, mean of inputs", ""],
    run.regions.map(({ name, on }) => [name, percent(on), { html: bar(on, "cost") }]),
  );
}

export function timesTable(run: RunResult): string {
  return table(
    ["Measured", "Batch", "An image", "The slowest batch, an image", "Against the first"],
    run.times.flatMap(({ batch, sides }) =>
      sides.map((side) => [
        side.name,
        String(batch),
        ms(side.msPerImage),
        ms(side.worstMsPerImage),
        speedupText(side),
      ]),
    ),
  );
}

export function predictedTable(run: RunResult): string {
  return table(
    ["Predicted on", "Batch", "Dense", "Expected", "Worst", "Speed-up", "Notes"],
    run.predicted.map((p) => [
      p.device,
      String(p.batch),
      ms(p.denseMs),
      ms(p.expectedMs),
      ms(p.worstMs),
      `${p.speedup.toFixed(2)}x`,
      predictedNotes(p).join("; "),
    ]),
  );
}

/** Number of an exit's colour; `end` for the end. */
export function mark(exit: number, run: RunResult): string {
  return exit >= exitCount(run) ? "end" : String(exit);
}
