/** How often each objective takes which values: of all trials, and of those that are shown. */
import { useRef } from "preact/hooks";
import { ticks } from "../../../../src/report/axis.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgPng, svgText } from "../../export/images.ts";
import { binning, type Histogram, histogram } from "../../plots/histogram.ts";
import { type Axis, titleOf } from "./axes.ts";
import { fileName } from "./format.ts";
import type { FrontState } from "./state.ts";

const BINS = 40;
const WIDTH = 560;
/** Of one objective's part: title, bars, ticks. */
const PART = { title: 20, bars: 74, ticks: 22, gap: 10 };
const HEIGHT = PART.title + PART.bars + PART.ticks + PART.gap;

interface Distribution {
  readonly axis: Axis;
  readonly all: Histogram;
  readonly kept: Histogram;
}

export function Distributions({ state }: { readonly state: FrontState }) {
  const svg = useRef<SVGSVGElement>(null);
  const parts = distributionsOf(state.axes.value, state.kept.value);
  return (
    <PlotFrame
      title="Distributions"
      exports={{
        name: `${fileName(state.study.value.name)}-distributions`,
        png: () => svgPng(svg.current!),
        svg: () => svgText(svg.current!),
        csv: () => distributionCsv(parts),
      }}
    >
      <svg
        ref={svg}
        class="distributions"
        viewBox={`0 0 ${WIDTH} ${Math.max(1, parts.length) * HEIGHT}`}
        role="img"
        aria-label={`Histograms of ${parts.map(({ axis }) => axis.label).join(", ")}`}
      >
        {parts.map((part, i) => (
          <Bars key={part.axis.id} part={part} y={i * HEIGHT} />
        ))}
      </svg>
      <p class="keys muted">
        Bars: trials shown. Outline: all trials, to a scale of its own, so that the shapes compare.
      </p>
    </PlotFrame>
  );
}

function distributionsOf(axes: readonly Axis[], kept: Uint8Array): Distribution[] {
  return axes.flatMap((axis) => {
    if (axis.role !== "objective") return [];
    const bins = binning(axis.data, BINS);
    if (bins === undefined) return [];
    return [
      {
        axis,
        all: histogram(axis.data, bins, BINS),
        kept: histogram(axis.data, bins, BINS, (row) => kept[row] === 1),
      },
    ];
  });
}

function Bars({
  part: { axis, all, kept },
  y,
}: {
  readonly part: Distribution;
  readonly y: number;
}) {
  const bottom = y + PART.title + PART.bars;
  const step = WIDTH / BINS;
  const most = (h: Histogram) => h.counts.reduce((a, b) => Math.max(a, b), 1);
  const [mostAll, mostKept] = [most(all), most(kept)];
  const range = [all.low, all.low + all.step * BINS] as const;
  const outline = [...all.counts]
    .map((n, i) => `V${bottom - (PART.bars * n) / mostAll}H${(i + 1) * step}`)
    .join("");
  return (
    <g>
      <text x="0" y={y + 14} fill="var(--ink)" font-size="12" font-weight="600">
        {titleOf(axis)}
      </text>
      <text x={WIDTH} y={y + 14} fill="var(--muted)" font-size="12" text-anchor="end">
        {`highest bar ${mostKept.toLocaleString("en")}, of all ${mostAll.toLocaleString("en")}`}
      </text>
      {[...kept.counts].map((n, i) => (
        <rect
          key={i}
          x={i * step + 0.5}
          y={bottom - (PART.bars * n) / mostKept}
          width={step - 1}
          height={(PART.bars * n) / mostKept}
          fill="var(--front-fill)"
        />
      ))}
      <path d={`M0,${bottom}${outline}V${bottom}Z`} fill="none" stroke="var(--muted)" />
      {ticks("linear", ...range, 6).map(({ at, label }) => {
        const x = ((at - range[0]) / (range[1] - range[0])) * WIDTH;
        const anchor = x < 12 ? "start" : x > WIDTH - 12 ? "end" : "middle";
        return (
          <g key={at}>
            <line x1={x} x2={x} y1={bottom} y2={bottom + 4} stroke="var(--line)" />
            <text x={x} y={bottom + 16} fill="var(--muted)" font-size="11" text-anchor={anchor}>
              {label}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function distributionCsv(parts: readonly Distribution[]): string {
  const rows = parts.flatMap(({ axis, all, kept }) =>
    [...all.counts].map((n, i) => [
      titleOf(axis),
      all.low + i * all.step,
      all.low + (i + 1) * all.step,
      n,
      kept.counts[i],
    ]),
  );
  return csvOf(["objective", "from", "to", "all trials", "shown"], rows);
}
