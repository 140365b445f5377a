/** One of the parallel axes, with the range that its brush keeps. */
import { useRef, useState } from "preact/hooks";
import { ticks } from "../../../../src/report/axis.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import type { Range } from "./filters.ts";
import { brushed, type Lane, laneY, PARALLEL, spansOf } from "./parallel-layout.ts";

interface Props {
  readonly lane: Lane;
  readonly range: Range | undefined;
  readonly set: (range: Range | undefined) => void;
}

/** Labels of an axis at most; of more only every so many are written. */
const MOST_LABELS = 14;
/** Letters of a label or a title at most. */
const LETTERS = 13;

export function LaneAxis({ lane, range, set }: Props) {
  const drag = useRef<{ readonly from: number; range?: Range } | undefined>(undefined);
  const [draft, setDraft] = useState<Range | undefined>();
  const { x, axis } = lane;
  const { height, top, bottom } = PARALLEL;
  const at = (event: PointerEvent) =>
    event.clientY -
    (event.currentTarget as SVGElement).ownerSVGElement!.getBoundingClientRect().top;
  const shown = draft ?? range;
  return (
    <g class="lane">
      <line x1={x} x2={x} y1={top} y2={height - bottom} stroke="var(--muted)" />
      <text x={x} y={16} text-anchor="middle" fill="var(--ink)" font-size="12" font-weight="600">
        {cut(axis.label)}
        <title>{axis.label}</title>
      </text>
      {axis.unit !== "" && (
        <text x={x} y={30} text-anchor="middle" fill="var(--muted)" font-size="11">
          {axis.unit}
        </text>
      )}
      {marks(lane).map(({ value, label }) => (
        <text
          key={value}
          class="halo"
          x={x + 5}
          y={laneY(lane, value) + 4}
          fill="var(--ink)"
          stroke="var(--ground)"
          stroke-width="3"
          paint-order="stroke"
          font-size="11"
        >
          {cut(label)}
        </text>
      ))}
      {(shown === undefined ? [] : spansOf(lane, shown)).map((span) => (
        <rect
          key={span.y}
          x={x - 7}
          width={14}
          {...span}
          fill="var(--picked)"
          fill-opacity="0.3"
          stroke="var(--picked)"
        />
      ))}
      <rect
        class="brush"
        x={x - 16}
        width={32}
        y={top - 6}
        height={height - top - bottom + 12}
        fill="transparent"
        onPointerDown={(event) => {
          drag.current = { from: at(event) };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const now = drag.current;
          if (now === undefined || Math.abs(at(event) - now.from) < 3) return;
          now.range = brushed(lane, now.from, at(event));
          setDraft(now.range);
        }}
        onPointerUp={() => {
          set(drag.current?.range);
          drag.current = undefined;
          setDraft(undefined);
        }}
        onPointerCancel={() => {
          drag.current = undefined;
          setDraft(undefined);
        }}
      />
    </g>
  );
}

const cut = (text: string) => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text);

function marks({ axis, low, high }: Lane): { value: number; label: string }[] {
  const { labels } = axis;
  if (labels === undefined) {
    if (axis.data.every((value) => Number.isNaN(value))) return [];
    return ticks("linear", low, high, 5).map(({ at, label }) => ({ value: at, label }));
  }
  const every = Math.ceil(labels.length / MOST_LABELS);
  return labels.flatMap((label, value) =>
    value % every === 0
      ? [{ value, label: typeof label === "number" ? formatNumber(label) : String(label) }]
      : [],
  );
}

interface LineProps {
  readonly lanes: readonly Lane[];
  readonly row: number;
  readonly stroke: string;
}

/** A trial's own line; broken where it has no value. */
export function TrialLine({ lanes, row, stroke }: LineProps) {
  let d = "";
  let open = false;
  for (const lane of lanes) {
    const value = lane.axis.data[row] ?? Number.NaN;
    const known = Number.isFinite(value);
    if (known) d += `${open ? "L" : "M"}${lane.x},${laneY(lane, value)}`;
    open = known;
  }
  return <path d={d} fill="none" stroke={stroke} stroke-width="2.5" stroke-linejoin="round" />;
}
