/** The figures at the width of the moment: free width, waves, fill, latency; and the waves as a picture. */
import type { Signal } from "@preact/signals";
import { smSchedule } from "../../../../../src/gpu/sm-schedule.ts";
import { formatNumber, formatPercent, formatUs } from "../../../../../src/report/number.ts";
import { changeText } from "../delta.tsx";
import type { Side } from "../evaluate.ts";
import { Swatch } from "../limiter.tsx";
import { type CurvePoint, type LayerCurve, placeOf } from "./curve.ts";

interface Props {
  readonly side: Side;
  readonly curve: LayerCurve;
  readonly position: Signal<number>;
  readonly move: (position: number) => void;
}

export function Readout({ side, curve, position, move }: Props) {
  const { points, own, choice } = curve;
  const at = position.value;
  const point = points[at]!;
  const before = points[own]!;
  return (
    <div class="readout">
      <p class="width">
        <strong>{formatNumber(point.channels)} channels</strong>
        {at !== own && <span class="muted"> (the network has {before.channels})</span>}
      </p>
      <Free {...{ curve, at }} />
      <table class="figures">
        <tbody>
          <Row label="Waves" text={formatNumber(point.waves)} a={before.waves} b={point.waves} />
          <Row
            label="Last wave filled"
            text={formatPercent(point.tailFill)}
            a={before.tailFill}
            b={point.tailFill}
          />
          <Row
            label="SM slots filled"
            text={formatPercent(point.smUtilization)}
            a={before.smUtilization}
            b={point.smUtilization}
          />
          <Row
            label="Latency of the layer"
            text={formatUs(point.layerUs)}
            a={before.layerUs}
            b={point.layerUs}
          />
          <Row
            label="Of all its channels touch"
            text={formatUs(point.touchedUs)}
            a={before.touchedUs}
            b={point.touchedUs}
          />
          <Row
            label="Of the network"
            text={formatUs(point.networkUs)}
            a={before.networkUs}
            b={point.networkUs}
          />
        </tbody>
      </table>
      <p class="limiter">
        <Swatch limiter={point.limiter} />
        {point.limiter}: {point.kernel}, {formatNumber(point.blocks)} blocks, {point.blocksPerSm} on
        an SM at a time
      </p>
      <Waves point={point} smCount={side.device.smCount} />
      <span class="buttons">
        <button type="button" onClick={() => move(curve.edges.findLast((e) => e < at) ?? 0)}>
          Edge below
        </button>
        <button
          type="button"
          onClick={() => move(curve.edges.find((e) => e > at) ?? points.length - 1)}
        >
          Next edge
        </button>
        <button type="button" onClick={() => move(own)}>
          As it is
        </button>
      </span>
      <p class="hint">
        Drag in the plot, or arrow keys; Page Up and Down go from edge to edge.
        {choice.tied > 0 &&
          ` ${choice.tied} other ${choice.tied === 1 ? "layer has" : "layers have"} the same channels and change with it.`}
      </p>
    </div>
  );
}

function Free({
  curve: { points, edges },
  at,
}: {
  readonly curve: LayerCurve;
  readonly at: number;
}) {
  const { edge } = placeOf({ edges }, at);
  const point = points[at]!;
  if (edge === undefined)
    return <p class="free muted">No edge of a step lies above, up to twice the width.</p>;
  const top = points[edge]!;
  const next = points[edge + 1]!;
  const jump = formatUs(next.layerUs - top.layerUs);
  if (edge === at)
    return (
      <p class="free">
        On the edge of a step: {next.channels} channels cost {jump} more.
      </p>
    );
  const cost = top.layerUs - point.layerUs;
  return (
    <p class="free">
      <b class="better">{formatNumber(top.channels - point.channels)} channels free</b> up to the
      edge at {formatNumber(top.channels)} (
      {cost < 0.005 * point.layerUs ? "same time" : `+${formatUs(cost)}`}); past it {jump} more.
    </p>
  );
}

function Row({
  label,
  text,
  a,
  b,
}: {
  readonly label: string;
  readonly text: string;
  readonly a: number;
  readonly b: number;
}) {
  const same = Math.abs(b - a) <= 1e-9 * Math.abs(a);
  return (
    <tr>
      <th scope="row">{label}</th>
      <td class="number">{text}</td>
      <td class="number change">{same ? "" : changeText(a, b)}</td>
    </tr>
  );
}

const [WIDTH, HEIGHT] = [300, 84];

/** SMs top to bottom, time to the right, as in the timeline. */
function Waves({ point, smCount }: { readonly point: CurvePoint; readonly smCount: number }) {
  const { waves, blocksPerSm, timeUs } = point;
  const groups = smSchedule(point, smCount, waves > WIDTH / 6);
  const busy = groups.reduce((n, g) => n + g.smCount, 0);
  const x = (us: number) => (us / timeUs) * WIDTH;
  const y = (sm: number) => (sm / smCount) * HEIGHT;
  return (
    <svg
      class="waves"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${waves} ${waves === 1 ? "wave" : "waves"} on ${smCount} SMs, ${busy} of them with work`}
    >
      <rect width={WIDTH} height={HEIGHT} fill="var(--grid)" />
      {groups.flatMap(({ firstSm, smCount: own, slices }) =>
        slices.map((slice) => (
          <rect
            key={`${firstSm} ${slice.wave}`}
            {...{ x: x(slice.startUs), y: y(firstSm), height: y(own) }}
            width={Math.max(0.5, x(slice.durationUs) - 1)}
            fill={
              slice.blocks < blocksPerSm && waves > 1 ? "var(--tail)" : `var(--${point.limiter})`
            }
            fill-opacity={slice.wave % 2 === 1 ? 0.85 : 0.6}
          />
        )),
      )}
    </svg>
  );
}
