/** One sweep's times as they come in, with the staircase that was found in them. */
import { useMemo, useRef } from "preact/hooks";
import { findStaircase } from "../../../../src/gpu/measure/index.ts";
import { ticks } from "../../../../src/report/axis.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgExports } from "../../export/svg-exports.ts";
import { findings, measurements, phase, stage } from "./state.ts";
import { isOver, pointsOf, type Sweep, stairLine } from "./sweeps.ts";

const WIDTH = 600;
const HEIGHT = 250;
const LEFT = 56;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 40;

export function StairsPlot({ sweep }: { readonly sweep: Sweep }) {
  const svg = useRef<SVGSVGElement>(null);
  const points = useMemo(() => pointsOf(sweep, measurements.value), [sweep, measurements.value]);
  const over = phase.value !== "running" || isOver(sweep, stage.value);
  const found = useMemo(() => {
    if (findings.value !== undefined) return sweep.found(findings.value);
    return over && points.length > 2 ? findStaircase(points) : undefined;
  }, [sweep, points, over, findings.value]);
  const last = Math.max(2, ...points.map(({ at }) => at));
  const top = 1.08 * Math.max(1, ...points.map(({ us }) => us));
  const x = (at: number) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / last;
  const y = (us: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - us / top);
  const csv = () =>
    csvOf(
      [sweep.unit, "median us", "q1 us", "q3 us"],
      points.map(({ at, us, q1, q3 }) => [at, us, q1, q3]),
    );
  const said =
    points.length === 0
      ? over
        ? "Not measured."
        : "To come."
      : found === undefined
        ? "Being measured…"
        : found.found
          ? `A step every ${found.period} ${sweep.unit} (${found.low} to ${found.high} fit; confidence ${found.confidence}); ${sweep.meaning}.`
          : `No staircase found: ${found.reason}.`;
  return (
    <PlotFrame title={sweep.title} exports={svgExports(`measure-${sweep.id}`, svg, csv)}>
      <svg
        ref={svg}
        class="measure-chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        data-points={points.length}
        aria-label={`${sweep.title}: ${points.length} points. ${said}`}
      >
        <g font-size="12" fill="var(--muted)">
          {ticks("linear", 0, last, 8).map((tick) => (
            <g key={`x${tick.label}`}>
              <line
                x1={x(tick.at)}
                x2={x(tick.at)}
                y1={TOP}
                y2={HEIGHT - BOTTOM}
                stroke="var(--grid)"
              />
              <text x={x(tick.at)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
                {tick.label}
              </text>
            </g>
          ))}
          {ticks("linear", 0, top, 5).map((tick) => (
            <g key={`y${tick.label}`}>
              <line
                x1={LEFT}
                x2={WIDTH - RIGHT}
                y1={y(tick.at)}
                y2={y(tick.at)}
                stroke="var(--grid)"
              />
              <text x={LEFT - 6} y={y(tick.at) + 4} text-anchor="end">
                {tick.label}
              </text>
            </g>
          ))}
          <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 5} text-anchor="middle">
            {sweep.unit}
          </text>
          <text
            transform={`translate(12 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`}
            text-anchor="middle"
          >
            time, µs
          </text>
        </g>
        {found?.found === true && (
          <polyline
            points={stairLine(found, last)
              .map(([at, us]) => `${x(at)},${y(us)}`)
              .join(" ")}
            fill="none"
            stroke="var(--cat5)"
            stroke-width="1.8"
          />
        )}
        {points.map(({ at, us, q1, q3 }) => (
          <g key={at}>
            <line
              x1={x(at)}
              x2={x(at)}
              y1={y(q1)}
              y2={y(Math.min(q3, top))}
              stroke="var(--cat0)"
              stroke-opacity="0.4"
            />
            <circle cx={x(at)} cy={y(us)} r="2.2" fill="var(--cat0)">
              <title>{`${at} ${sweep.unit}: ${formatNumber(us)} µs`}</title>
            </circle>
          </g>
        ))}
      </svg>
      <p class="muted">{said}</p>
    </PlotFrame>
  );
}
