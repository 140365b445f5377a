/** What the image cost, stage by stage, beside the dense network and the worst case. */
import { useRef } from "preact/hooks";
import { formatPercent, formatSi } from "../../../../src/report/number.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgExports } from "../../export/svg-exports.ts";
import type { Outcome } from "./decide.ts";
import { stageColour, stageName } from "./image-panel.tsx";

const WIDTH = 460;
const ROW = 30;
const LEFT = 86;
const RIGHT = 128;

export function CostPanel({ outcome }: { readonly outcome: Outcome }) {
  const svg = useRef<SVGSVGElement>(null);
  const { stages, macs, denseMacs } = outcome;
  const worst = stages.reduce((sum, stage) => sum + stage.mostMacs, 0);
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(worst, denseMacs);
  const rows = [
    {
      name: "this image",
      total: macs,
      pieces: stages.map(({ reached, macs: spent }) => (reached ? spent : 0)),
    },
    { name: "dense", total: denseMacs, pieces: undefined },
    { name: "worst case", total: worst, pieces: stages.map(({ mostMacs }) => mostMacs) },
  ];
  const csv = () =>
    csvOf(
      ["stage", "reached", "MACs", "MACs with all on", "dense MACs"],
      stages.map((stage) => [stage.name, stage.reached, stage.macs, stage.mostMacs, denseMacs]),
    );
  return (
    <PlotFrame title="Cost" exports={svgExports("cost", svg, csv)}>
      <p>
        <strong class="dyn-figure">{formatPercent(macs / denseMacs)}</strong> of the dense network's{" "}
        {formatSi(denseMacs, "MAC")}: {formatSi(macs, "MAC")}
      </p>
      <svg
        ref={svg}
        class="dyn-chart dyn-narrow"
        viewBox={`0 0 ${WIDTH} ${rows.length * ROW}`}
        role="img"
        aria-label={`this image ${formatSi(macs, "MAC")}, dense ${formatSi(denseMacs, "MAC")}, worst case ${formatSi(worst, "MAC")}`}
      >
        {rows.map(({ name, total, pieces }, r) => {
          let x = LEFT;
          return (
            <g key={name} font-size="12">
              <text x={LEFT - 8} y={r * ROW + 19} text-anchor="end" fill="var(--ink)">
                {name}
              </text>
              {(pieces ?? [total]).map((piece, k) => {
                const [at, width] = [x, piece * scale];
                x += width;
                return (
                  <rect
                    key={k}
                    x={at}
                    y={r * ROW + 5}
                    width={width}
                    height={20}
                    fill={pieces === undefined ? "var(--cat7)" : stageColour(k)}
                    stroke="var(--ground)"
                  />
                );
              })}
              <text x={x + 6} y={r * ROW + 19} fill="var(--muted)">
                {formatSi(total, "MAC")}, {formatPercent(total / denseMacs)}
              </text>
            </g>
          );
        })}
      </svg>
      <ul class="dyn-legend">
        {stages.map(({ name }, k) => (
          <li key={name}>
            <span class="dyn-swatch" style={{ background: stageColour(k) }} />
            {stageName(name)}
          </li>
        ))}
      </ul>
    </PlotFrame>
  );
}
