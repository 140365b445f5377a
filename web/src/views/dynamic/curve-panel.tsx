/** Accuracy against cost over stored answers; the thresholds move the point. */
import { useRef } from "preact/hooks";
import { ticks } from "../../../../src/report/axis.ts";
import { formatPercent, formatSi } from "../../../../src/report/number.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgExports } from "../../export/svg-exports.ts";
import { domainOf, nearest, scaleOf } from "./curve-scale.ts";
import { NEVER } from "./decide.ts";
import { type Evaluation, evaluate, type Point } from "./evaluate.ts";
import { ExitTable } from "./exit-table.tsx";
import type { StoredAnswers } from "./shipped.ts";
import { calibrated, opened, setThresholds, thresholds } from "./state.ts";

const FRAME = { width: 640, height: 320, left: 58, right: 18, top: 14, bottom: 42 };
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

interface Props {
  readonly evaluation: Evaluation;
  readonly point: Point;
  readonly answers: StoredAnswers;
}

export function CurvePanel({ evaluation, point, answers }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const { plan } = opened.value!.network;
  const denseMacs = plan.denseMacs;
  const dense = { accuracy: answers.denseAccuracy, macs: denseMacs };
  const own = evaluate(evaluation, calibrated.value);
  const scale = scaleOf(FRAME, domainOf(evaluation, point, dense));
  const at = ({ accuracy, macs }: { readonly accuracy: number; readonly macs: number }) =>
    [scale.x(macs / denseMacs), scale.y(accuracy)] as const;
  const places = evaluation.front.map(({ accuracy, cost }) => at({ accuracy, macs: cost }));
  const csv = () =>
    csvOf(
      [...plan.exits.map(({ name }) => `threshold ${name}`), "accuracy", "MACs", "of dense"],
      evaluation.front.map(({ thresholds: t, accuracy, cost }) => [
        ...t,
        accuracy,
        cost,
        cost / denseMacs,
      ]),
    );
  const pick = (event: MouseEvent) => {
    const box = svg.current!.getBoundingClientRect();
    const units = FRAME.width / box.width;
    const found = nearest(
      places,
      (event.clientX - box.left) * units,
      (event.clientY - box.top) * units,
    );
    if (found >= 0) choose(evaluation, found);
  };
  return (
    <PlotFrame
      title="Accuracy against cost"
      exports={svgExports("accuracy-cost", svg, csv)}
      controls={
        <button type="button" onClick={() => setThresholds(undefined)}>
          As calibrated
        </button>
      }
    >
      <p class="muted">
        Over {answers.of}. The line joins the choices of thresholds that no other beats, chosen on
        these samples: a bound from above. Click it to take one.
      </p>
      <div class="dyn-split">
        <div>
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the slider below does the same by keys */}
          <svg
            ref={svg}
            class="dyn-chart dyn-curve"
            viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
            role="img"
            aria-label={`now ${percent(point.accuracy)} right at ${formatPercent(point.macs / denseMacs)} of the dense MACs; dense ${percent(dense.accuracy)}`}
            onClick={pick}
          >
            <Axes scale={scale} domain={domainOf(evaluation, point, dense)} />
            <polyline
              points={places.map((place) => place.join(",")).join(" ")}
              fill="none"
              stroke="var(--front)"
              stroke-width="2"
            />
            <Mark place={at(dense)} kind="square" text="dense" colour="var(--muted)" />
            <Mark place={at(own)} kind="ring" text="as calibrated" colour="var(--front)" />
            <Mark place={at(point)} kind="dot" text="" colour="var(--picked)" />
          </svg>
          <Sliders evaluation={evaluation} point={point} />
        </div>
        <div>
          <dl class="dyn-figures">
            <dt>Accuracy</dt>
            <dd data-figure="accuracy">{percent(point.accuracy)}</dd>
            <dt>beside dense</dt>
            <dd data-figure="difference">
              {(100 * (point.accuracy - dense.accuracy)).toFixed(2)} points
            </dd>
            <dt>Mean cost</dt>
            <dd data-figure="macs">{formatSi(point.macs, "MAC", 4)}</dd>
            <dt>of dense</dt>
            <dd data-figure="cost">{percent(point.macs / denseMacs)}</dd>
          </dl>
          <ExitTable point={point} />
        </div>
      </div>
    </PlotFrame>
  );
}

function choose({ front }: Evaluation, index: number): void {
  setThresholds(front[index]!.thresholds.map((value) => Math.min(NEVER, value)));
}

function Axes({
  scale,
  domain,
}: {
  readonly scale: ReturnType<typeof scaleOf>;
  readonly domain: ReturnType<typeof domainOf>;
}) {
  const { width, height, left, right, top, bottom } = FRAME;
  const [x0, x1] = domain.cost;
  const [y0, y1] = domain.accuracy;
  return (
    <g font-size="12" fill="var(--muted)">
      {ticks("linear", 100 * x0, 100 * x1, 8).map((tick) => {
        const x = scale.x(tick.at / 100);
        return (
          <g key={tick.label}>
            <line x1={x} x2={x} y1={top} y2={height - bottom} stroke="var(--grid)" />
            <text x={x} y={height - bottom + 16} text-anchor="middle">
              {tick.label}
            </text>
          </g>
        );
      })}
      {ticks("linear", 100 * y0, 100 * y1, 6).map((tick) => {
        const y = scale.y(tick.at / 100);
        return (
          <g key={tick.label}>
            <line x1={left} x2={width - right} y1={y} y2={y} stroke="var(--grid)" />
            <text x={left - 6} y={y + 4} text-anchor="end">
              {tick.label}
            </text>
          </g>
        );
      })}
      <text x={(left + width - right) / 2} y={height - 6} text-anchor="middle">
        mean MACs, % of the dense network's
      </text>
      <text
        transform={`translate(14 ${(top + height - bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        accuracy, %
      </text>
    </g>
  );
}

function Mark({
  place: [x, y],
  kind,
  text,
  colour,
}: {
  readonly place: readonly [number, number];
  readonly kind: "square" | "ring" | "dot";
  readonly text: string;
  readonly colour: string;
}) {
  const left = x > FRAME.width - 110;
  return (
    <g>
      {kind === "square" && <rect x={x - 5} y={y - 5} width="10" height="10" fill={colour} />}
      {kind === "ring" && (
        <circle cx={x} cy={y} r="8" fill="none" stroke={colour} stroke-width="2" />
      )}
      {kind === "dot" && <circle cx={x} cy={y} r="5.5" fill={colour} />}
      {text !== "" && (
        <text
          x={left ? x - 10 : x + 12}
          y={kind === "ring" ? y + 20 : y + 4}
          text-anchor={left ? "end" : "start"}
          font-size="12"
          fill="var(--ink)"
        >
          {text}
        </text>
      )}
    </g>
  );
}

/** Along the line, and one threshold for all exits: what the mouse does on the plot, by keys. */
function Sliders({
  evaluation,
  point,
}: {
  readonly evaluation: Evaluation;
  readonly point: Point;
}) {
  const { front } = evaluation;
  const now = front.findLastIndex(({ cost }) => cost <= point.macs * (1 + 1e-9));
  const all = Math.min(NEVER, Math.max(...thresholds.value));
  return (
    <div class="dyn-sliders">
      <label class="dyn-slider">
        <span>Along the line: cheaper to more accurate</span>
        <input
          type="range"
          min="0"
          max={front.length - 1}
          step="1"
          value={Math.max(0, now)}
          aria-valuetext={`${percent(point.accuracy)} at ${formatSi(point.macs, "MAC")}`}
          onInput={({ currentTarget }) => choose(evaluation, Number(currentTarget.value))}
        />
      </label>
      <label class="dyn-slider">
        <span>
          One threshold for every exit:{" "}
          <span class="mono">{all > 1 ? "never" : all.toFixed(3)}</span>
        </span>
        <input
          type="range"
          min="0"
          max={NEVER}
          step="0.005"
          value={all}
          onInput={({ currentTarget }) =>
            setThresholds(thresholds.peek().map(() => Number(currentTarget.value)))
          }
        />
      </label>
    </div>
  );
}
