/** Latency against width in steps, and below it the fill of the last wave; the width is a slider. */
import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ticks } from "../../../../../src/report/axis.ts";
import { formatPercent, formatUs } from "../../../../../src/report/number.ts";
import { type CurvePoint, type LayerCurve, placeOf } from "./curve.ts";
import { type Frame, frameOf, pathOf, positionAt } from "./frame.ts";

export const QUANTITIES = ["layer", "touched", "network"] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const VALUE: Readonly<Record<Quantity, (p: CurvePoint) => number>> = {
  layer: (p) => p.layerUs,
  touched: (p) => p.touchedUs,
  network: (p) => p.networkUs,
};

interface Props {
  readonly svgRef: { current: SVGSVGElement | null };
  readonly width: number;
  readonly curve: LayerCurve;
  readonly quantity: Quantity;
  readonly position: Signal<number>;
  readonly move: (position: number) => void;
}

export function Plot({ svgRef, width, curve, quantity, position, move }: Props) {
  const frame = useMemo(
    () => frameOf(curve.points, VALUE[quantity], width),
    [curve, quantity, width],
  );
  // The curve is drawn once; a drag redraws the marker alone.
  const still = useMemo(() => <Curve {...{ curve, frame, quantity }} />, [curve, frame, quantity]);
  const drag = (event: PointerEvent) => {
    const { left } = svgRef.current!.getBoundingClientRect();
    const next = positionAt(frame, curve.points, event.clientX - left);
    if (next !== position.peek()) move(next);
  };
  return (
    <svg
      ref={svgRef}
      {...{ width, height: frame.height, viewBox: `0 0 ${width} ${frame.height}` }}
      font-size="12"
      class="draggable"
      aria-label="Latency and fill of the last wave against output channels"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.querySelector<SVGElement>("[role=slider]")!.focus({
          preventScroll: true,
        });
        drag(event);
      }}
      // Else the press would take the focus from the handle again.
      onMouseDown={(event) => event.preventDefault()}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
      }}
      onLostPointerCapture={drag}
    >
      {still}
      <Marker {...{ curve, frame, quantity, position, move }} />
    </svg>
  );
}

function Curve({
  curve: { points, edges, own },
  frame,
  quantity,
}: {
  readonly curve: LayerCurve;
  readonly frame: Frame;
  readonly quantity: Quantity;
}) {
  const { px, py, pFill, left, right, top, bottom, fillTop, fillBottom } = frame;
  const value = VALUE[quantity];
  return (
    <g>
      {ticks("linear", 0, frame.most, 5).map(({ at, label }) => (
        <g key={`y${at}`}>
          <path d={`M${left} ${py(at)}H${right}`} stroke="var(--grid)" />
          <text x={left - 6} y={py(at)} dy="0.35em" text-anchor="end" fill="var(--muted)">
            {label}
          </text>
        </g>
      ))}
      {ticks("linear", 0, frame.widest, 8).map(({ at, label }) => (
        <g key={`x${at}`}>
          <path
            d={`M${px(at)} ${top}V${bottom}M${px(at)} ${fillTop}V${fillBottom}`}
            stroke="var(--grid)"
          />
          <text x={px(at)} y={fillBottom + 15} text-anchor="middle" fill="var(--muted)">
            {label}
          </text>
        </g>
      ))}
      {points.map((p, i) => {
        const from = px(points[i - 1]?.channels ?? 0);
        const y = pFill(p.tailFill);
        return (
          <rect
            key={p.channels}
            {...{ x: from, y, width: Math.max(0.5, px(p.channels) - from - 0.5) }}
            height={fillBottom - y}
            fill="var(--tail)"
            fill-opacity="0.55"
          />
        );
      })}
      <path d={pathOf(points, value, frame)} fill="none" stroke="var(--front)" stroke-width="2" />
      {edges.map((e) => (
        <circle
          key={e}
          cx={px(points[e]!.channels)}
          cy={py(value(points[e]!))}
          r="3.5"
          fill="var(--front)"
          stroke="var(--ground)"
        >
          <title>{`${points[e]!.channels} channels: the edge of a step`}</title>
        </circle>
      ))}
      <circle
        cx={px(points[own]!.channels)}
        cy={py(value(points[own]!))}
        r="6"
        fill="none"
        stroke="var(--ink)"
        stroke-width="1.5"
      >
        <title>as the network is</title>
      </circle>
      <text x={left} y={top - 8} fill="var(--ink)">
        Latency, µs
      </text>
      <text x={left} y={fillTop - 7} fill="var(--ink)">
        Last wave filled
      </text>
      <text x={left - 6} y={fillTop} dy="0.35em" text-anchor="end" fill="var(--muted)">
        100 %
      </text>
      <text x={right} y={fillBottom + 31} text-anchor="end" fill="var(--ink)">
        Output channels →
      </text>
    </g>
  );
}

function Marker({
  curve,
  frame,
  quantity,
  position,
  move,
}: Omit<Props, "svgRef" | "width"> & { readonly frame: Frame }) {
  const { points, edges } = curve;
  const at = position.value;
  const point = points[at]!;
  const { edge, below } = placeOf(curve, at);
  const { px, py, pFill, top, fillBottom } = frame;
  const x = px(point.channels);
  const y = py(VALUE[quantity](point));
  const keys: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    Home: 0,
    End: points.length - 1,
    PageUp: edges.find((e) => e > at) ?? points.length - 1,
    PageDown: below ?? 0,
  };
  return (
    <g
      role="slider"
      // Within SVG the attribute counts as it is written.
      tabindex={0}
      aria-label={`Output channels of ${curve.choice.layer}`}
      aria-valuemin={points[0]!.channels}
      aria-valuemax={points.at(-1)!.channels}
      aria-valuenow={point.channels}
      aria-valuetext={`${point.channels} channels, ${formatUs(VALUE[quantity](point))}, ${point.waves} ${point.waves === 1 ? "wave" : "waves"}, last ${formatPercent(point.tailFill)} full`}
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (next === undefined) return;
        event.preventDefault();
        move(Math.min(Math.max(next, 0), points.length - 1));
      }}
    >
      {edge !== undefined && edge > at && (
        <rect
          {...{ x, y: top, width: px(points[edge]!.channels) - x, height: fillBottom - top }}
          fill="var(--better)"
          fill-opacity="0.14"
        />
      )}
      <path d={`M${x} ${top}V${fillBottom}`} stroke="var(--picked)" stroke-width="2" />
      <circle cx={x} cy={y} r="6" fill="var(--picked)" stroke="var(--ground)" stroke-width="1.5" />
      <circle cx={x} cy={pFill(point.tailFill)} r="4" fill="var(--picked)" />
      <rect x={x - 5} y={top - 6} width="10" height="12" rx="3" fill="var(--picked)" />
    </g>
  );
}
