/** The roofline: a point for each kind of kernel, as large as its time, under the device's roofs. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ticks } from "../../../../src/report/axis.ts";
import {
  formatFixed,
  formatNumber,
  formatPercent,
  formatUs,
} from "../../../../src/report/number.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgPng, svgText } from "../../export/images.ts";
import type { Side } from "./evaluate.ts";
import { fileName } from "./kernel-csv.ts";
import { LimiterKey, symbolPath } from "./limiter-symbol.tsx";
import {
  type RooflineModel,
  type RooflinePoint,
  rangeOf,
  ridge,
  rooflineModel,
} from "./roofline-model.ts";
import { useWidth } from "./use-width.ts";

interface Props {
  readonly a: Side;
  readonly b: Side | undefined;
  readonly picked: number | undefined;
  readonly onPick: (kernel: number | undefined) => void;
}

const HEIGHT = 380;
const MARGIN = { left: 62, right: 18, top: 14, bottom: 42 };

export function Roofline({ a, b, picked, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(box);
  const models = useMemo(
    () => (b === undefined ? [a] : [a, b]).map((side) => rooflineModel(side)),
    [a, b],
  );
  const sides = b === undefined ? [a] : [a, b];
  useEffect(() => {
    // The table picks by keys; the points are a second way for the pointer.
    const clicked = ({ target }: Event) => {
      const { kernel } = (target as Element).closest<SVGElement>("[data-kernel]")?.dataset ?? {};
      if (kernel !== undefined) onPick(Number(kernel));
    };
    const area = box.current!;
    area.addEventListener("click", clicked);
    return () => area.removeEventListener("click", clicked);
  }, [onPick]);
  const missing = models.reduce((n, m) => n + m.without, 0);
  const missingUs = models.reduce((n, m) => n + m.withoutUs, 0);
  return (
    <PlotFrame
      title="Roofline"
      controls={<LimiterKey />}
      exports={{
        name: fileName("roofline", sides),
        png: () => svgPng(svg.current!),
        svg: () => svgText(svg.current!),
        csv: () => csvOf(HEADER, rows(models)),
      }}
    >
      <div ref={box} class="plot-box" style={{ height: `${HEIGHT}px` }}>
        {width > 0 && (
          <Plot
            {...{ svgRef: svg, width, models, picked }}
            label={`Roofline of ${models[0]!.points.length} kinds of kernels; the table of kernels has the same`}
          />
        )}
      </div>
      {missing > 0 && (
        <p class="hint">
          {formatNumber(missing)} kernels without arithmetic or DRAM traffic ({formatUs(missingUs)})
          have no place on these axes.
        </p>
      )}
      {b !== undefined && (
        <p class="hint">Filled: A. Rings and dashed roofs: B, {b.device.name}.</p>
      )}
    </PlotFrame>
  );
}

interface PlotProps {
  readonly svgRef: { current: SVGSVGElement | null };
  readonly width: number;
  readonly models: readonly RooflineModel[];
  readonly picked: number | undefined;
  readonly label: string;
}

function Plot({ svgRef, width, models, picked, label }: PlotProps) {
  const { x: xRange, y: yRange } = rangeOf(models);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const px = (log: number) =>
    MARGIN.left + ((log - xRange[0]) / (xRange[1] - xRange[0])) * (right - MARGIN.left);
  const py = (log: number) =>
    bottom - ((log - yRange[0]) / (yRange[1] - yRange[0])) * (bottom - MARGIN.top);
  return (
    <svg
      ref={svgRef}
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={label}
      font-size="12"
    >
      <defs>
        <clipPath id="roofline-area">
          <rect
            x={MARGIN.left}
            y={MARGIN.top}
            width={Math.max(0, right - MARGIN.left)}
            height={bottom - MARGIN.top}
          />
        </clipPath>
      </defs>
      {ticks("log", ...xRange, width / 120).map(({ at, label: text }) => (
        <g key={`x${at}`}>
          <path d={`M${px(at)} ${MARGIN.top}V${bottom}`} stroke="var(--grid)" />
          <text x={px(at)} y={bottom + 16} text-anchor="middle" fill="var(--muted)">
            {text}
          </text>
        </g>
      ))}
      {ticks("log", ...yRange, 6).map(({ at, label: text }) => (
        <g key={`y${at}`}>
          <path d={`M${MARGIN.left} ${py(at)}H${right}`} stroke="var(--grid)" />
          <text x={MARGIN.left - 6} y={py(at)} dy="0.35em" text-anchor="end" fill="var(--muted)">
            {text}
          </text>
        </g>
      ))}
      <text x={right} y={HEIGHT - 6} text-anchor="end" fill="var(--ink)">
        Arithmetic intensity, FLOP for each byte of DRAM traffic →
      </text>
      <text
        transform={`translate(14 ${MARGIN.top}) rotate(-90)`}
        text-anchor="end"
        fill="var(--ink)"
      >
        TFLOP/s →
      </text>
      <g clip-path="url(#roofline-area)">
        {models.map((model, m) => (
          <Roofs key={m} {...{ model, side: m, px, py, xRange, right }} />
        ))}
        {models.map((model, m) =>
          model.points.map((point) => (
            <Point
              key={`${m} ${point.members[0]}`}
              {...{ point, side: m, px, py }}
              picked={m === 0 && picked !== undefined && point.members.includes(picked)}
            />
          )),
        )}
      </g>
    </svg>
  );
}

interface Scales {
  readonly px: (log: number) => number;
  readonly py: (log: number) => number;
}

function Roofs({
  model: { roofs, dramTbs },
  side,
  px,
  py,
  xRange,
  right,
}: Scales & {
  readonly model: RooflineModel;
  readonly side: number;
  readonly xRange: readonly [number, number];
  readonly right: number;
}) {
  const highest = roofs[0]!;
  const bend = Math.log10(ridge(highest, dramTbs));
  const dash = side === 0 ? undefined : "5 4";
  const low = Math.log10(dramTbs) + xRange[0];
  const own = side === 0 ? "" : "B: ";
  return (
    <g fill="none" stroke="var(--ink)" stroke-width="1.4" stroke-dasharray={dash}>
      <path d={`M${px(xRange[0])} ${py(low)}L${px(bend)} ${py(Math.log10(highest.tflops))}`} />
      {roofs.map((roof) => {
        const y = py(Math.log10(roof.tflops));
        return (
          <g key={roof.name}>
            <path d={`M${px(Math.log10(ridge(roof, dramTbs)))} ${y}H${right}`} />
            <text
              x={right - 4}
              y={y - 6}
              text-anchor="end"
              stroke="none"
              fill="var(--muted)"
              dx={side === 0 ? 0 : -Math.min(260, right / 3)}
            >
              {own}
              {roof.name}: {formatFixed(roof.tflops, 1)} TFLOP/s
            </text>
          </g>
        );
      })}
      <text
        stroke="none"
        fill="var(--muted)"
        transform={`translate(${px(xRange[0]) + 12} ${py(low + (12 / (right - px(xRange[0]))) * (xRange[1] - xRange[0])) - 8}) rotate(${slope(px, py)})`}
      >
        {own}DRAM: {formatFixed(dramTbs * 1e3, 0)} GB/s
      </text>
    </g>
  );
}

/** Of a line along which both grow alike, degrees on the screen. */
function slope(px: Scales["px"], py: Scales["py"]): number {
  return (Math.atan2(py(1) - py(0), px(1) - px(0)) * 180) / Math.PI;
}

function Point({
  point,
  side,
  picked,
  px,
  py,
}: Scales & {
  readonly point: RooflinePoint;
  readonly side: number;
  readonly picked: boolean;
}) {
  const radius = 3.5 + 16 * Math.sqrt(point.share);
  const colour = `var(--${point.limiter})`;
  return (
    <path
      class={side === 0 ? "point" : undefined}
      data-kernel={side === 0 ? point.members[0] : undefined}
      transform={`translate(${px(Math.log10(point.intensity)).toFixed(1)} ${py(Math.log10(point.tflops)).toFixed(1)})`}
      d={symbolPath(point.limiter, radius)}
      fill={side === 0 ? colour : "none"}
      fill-opacity="0.65"
      stroke={picked ? "var(--picked)" : colour}
      stroke-width={picked ? 3.5 : 1.5}
    >
      <title>
        {`${point.name} ×${point.members.length}: ${formatUs(point.timeUs)} (${formatPercent(point.share)}), ${formatFixed(point.tflops, 2)} TFLOP/s at ${formatFixed(point.intensity, 1)} FLOP/B, ${point.limiter}`}
      </title>
    </path>
  );
}

const HEADER = [
  "side",
  "kernel",
  "name",
  "kernels",
  "limiter",
  "flopPerByte",
  "tflops",
  "timeUs",
  "share",
] as const;

function* rows(models: readonly RooflineModel[]): Generator<(string | number)[]> {
  for (const [m, { points }] of models.entries())
    for (const p of points)
      yield [
        "AB"[m]!,
        p.members[0]! + 1,
        p.name,
        p.members.length,
        p.limiter,
        p.intensity,
        p.tflops,
        p.timeUs,
        p.share,
      ];
}
