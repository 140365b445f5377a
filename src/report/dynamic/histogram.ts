/** How many inputs cost how much, by the exit that they took. */
import { chart, round } from "./chart.ts";
import { exitColour, rgb } from "./colours.ts";
import { type DynamicReport, exitCount } from "./data.ts";

const BINS = 32;

/** Inputs of each exit in each bin of equal width from 0 to the largest cost, [bin][exit]. */
export function histogram(
  macs: ArrayLike<number>,
  exits: ArrayLike<number>,
  classifiers: number,
  bins = BINS,
): { readonly width: number; readonly counts: readonly (readonly number[])[] } {
  let most = 0;
  for (let i = 0; i < macs.length; i++) most = Math.max(most, macs[i]!);
  const width = most / bins || 1;
  const counts = Array.from({ length: bins }, () => Array.from({ length: classifiers }, () => 0));
  for (let i = 0; i < macs.length; i++)
    counts[Math.min(bins - 1, Math.floor(macs[i]! / width))]![exits[i]!]!++;
  return { width, counts };
}

export function histogramSvg({ run, macs, exits }: DynamicReport): string {
  const { width, counts } = histogram(macs, exits, run.exits.length);
  const { dense } = run.macs;
  const tallest = Math.max(1, ...counts.map((bin) => bin.reduce((a, b) => a + b, 0)));
  const right = (100 * width * counts.length) / dense;
  return chart(
    {
      x: [0, right * 1.02],
      y: [0, (100 * tallest * 1.06) / run.samples],
      xTitle: "MACs of an input, % of the dense network's",
      yTitle: "inputs, %",
      title: "Distribution of the cost of inputs, by exit",
    },
    ({ px, py, box }) => {
      const bars = counts.flatMap((bin, b) => {
        let below = 0;
        return bin.map((count, exit) => {
          if (count === 0) return "";
          const [x0, x1] = [px((100 * b * width) / dense), px((100 * (b + 1) * width) / dense)];
          const y0 = py((100 * below) / run.samples);
          below += count;
          const y1 = py((100 * below) / run.samples);
          return `<rect x="${x0}" y="${y1}" width="${round(Math.max(0.5, x1 - x0 - 1))}" height="${round(y0 - y1)}" fill="${rgb(exitColour(exit, exitCount(run)))}"/>`;
        });
      });
      const mean = px((100 * run.macs.mean) / dense);
      return `${bars.join("")}<path class="dense" d="M${mean} ${box.top}V${box.bottom}"/><text class="ink" x="${mean - 6}" y="${box.top + 12}" text-anchor="end">mean</text>`;
    },
  );
}
