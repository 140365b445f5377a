/** The first answer: how near to the device's peak, what limits, and what would help. */
import type { ComponentChildren } from "preact";
import { advise, idle } from "../../../../src/report/advice.ts";
import {
  LIMITER_MEANING,
  type LimiterTotal,
  limiterTotals,
  type SpeedOfLight,
  speedOfLight,
} from "../../../../src/report/kernels.ts";
import {
  formatFixed,
  formatNumber,
  formatPercent,
  formatUs,
} from "../../../../src/report/number.ts";
import { AdviceItems } from "../../components/advice-items.tsx";
import { basisText } from "../../components/device-name.ts";
import { TERMS, Term, type TermName } from "../../components/terms.tsx";
import { Delta } from "./delta.tsx";
import type { Side } from "./evaluate.ts";
import { Swatch } from "./limiter.tsx";
import { Scroll } from "./scroll.tsx";

interface Props {
  readonly a: Side;
  readonly b: Side | undefined;
}

export function Overview({ a, b }: Props) {
  return (
    <section class="panel overview" aria-label="GPU Speed Of Light">
      <h2>
        Speed of light
        <span class="muted" title={a.device.calibrated ? undefined : TERMS["not calibrated"]}>
          {" "}
          · {basis(a)}
        </span>
      </h2>
      <Meters a={a} b={b} />
      <div class="columns">
        <Limiters a={a} b={b} />
        <AdviceList side={a} />
      </div>
    </section>
  );
}

function basis({ device, prediction }: Side): string {
  const gaps = prediction.gaps.reduce((n, g) => n + g.count, 0);
  return `predicted for ${device.name}, ${basisText(device)}${gaps === 0 ? "" : `; ${gaps} operators not counted`}`;
}

function Meters({ a, b }: Props) {
  const sol = speedOfLight(a.prediction, a.device);
  const other = b && { side: b, sol: speedOfLight(b.prediction, b.device) };
  const p = a.prediction;
  const q = b?.prediction;
  return (
    <dl class="meters">
      <Meter
        label="Latency"
        value={formatUs(p.latencyMs * 1e3)}
        more={`${formatNumber(Math.round((p.batch * 1e3) / p.latencyMs))} inputs/s`}
        delta={
          q && <Delta a={p.latencyMs} b={q.latencyMs} text={(ms) => formatUs(ms * 1e3)} lower />
        }
      />
      <Meter
        label="GPU busy"
        value={formatUs(p.gpuMs * 1e3)}
        more={`${formatNumber(p.kernels.length)} kernels`}
        delta={q && <Delta a={p.gpuMs} b={q.gpuMs} text={(ms) => formatUs(ms * 1e3)} lower />}
      />
      <Meter
        label="Host"
        value={formatUs(p.hostMs * 1e3)}
        more="to issue them"
        delta={q && <Delta a={p.hostMs} b={q.hostMs} text={(ms) => formatUs(ms * 1e3)} lower />}
      />
      <Meter
        label="Compute, of peak"
        term="percent of peak"
        value={formatPercent(sol.compute)}
        more={computeText(sol, p.gpuMs)}
        share={sol.compute}
        delta={other && <Delta a={sol.compute} b={other.sol.compute} text={formatPercent} />}
      />
      <Meter
        label="DRAM, of peak"
        term="percent of peak"
        value={formatPercent(sol.memory)}
        more={`${formatFixed(sol.dramBytes / p.gpuMs / 1e6, 0)} of ${formatFixed(a.device.dramBytesPerUs / 1e3, 0)} GB/s`}
        share={sol.memory}
        delta={other && <Delta a={sol.memory} b={other.sol.memory} text={formatPercent} />}
      />
      <Meter
        label="SM slots filled"
        term="SM slots filled"
        value={formatPercent(sol.smUtilization)}
        more="mean over time"
        share={sol.smUtilization}
        delta={
          other && <Delta a={sol.smUtilization} b={other.sol.smUtilization} text={formatPercent} />
        }
      />
    </dl>
  );
}

function computeText({ flops, peak }: SpeedOfLight, gpuMs: number): string {
  const rate = formatFixed(flops / gpuMs / 1e9, 1);
  return peak === undefined
    ? `${rate} TFLOP/s, on several units`
    : `${rate} of ${formatFixed(peak / 1e6, 1)} TFLOP/s`;
}

function Meter({
  label,
  value,
  more,
  share,
  delta,
  term,
}: {
  readonly label: string;
  readonly value: string;
  readonly more: string;
  readonly share?: number;
  readonly delta?: ComponentChildren;
  readonly term?: TermName;
}) {
  return (
    <div class="meter">
      <dt>{term === undefined ? label : <Term of={term}>{label}</Term>}</dt>
      <dd>
        <b>{value}</b> <small>{more}</small>
        {share !== undefined && <ShareBar share={share} kind="plain" />}
        {delta}
      </dd>
    </div>
  );
}

export const ShareBar = ({ share, kind }: { readonly share: number; readonly kind: string }) => (
  <div class="bar">
    <i class={kind} style={{ width: `${Math.min(100, 100 * share)}%` }} />
  </div>
);

function Limiters({ a, b }: Props) {
  const others = b && limiterTotals(b.prediction.kernels);
  return (
    <Scroll label="GPU time by limiter">
      <table class="rows limits">
        <caption>All time of the kernels that each limits</caption>
        <thead>
          <tr>
            <th scope="col">Limiter</th>
            <th scope="col" class="number">
              Time
            </th>
            <th scope="col">Share</th>
            <th scope="col" class="number">
              Kernels
            </th>
            {others !== undefined && (
              <th scope="col" class="number">
                B
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {limiterTotals(a.prediction.kernels).map((total, i) => {
            const other = others?.[i];
            if (total.kernels === 0 && (other?.kernels ?? 0) === 0) return null;
            return (
              <tr key={total.limiter}>
                <th scope="row">
                  <Swatch limiter={total.limiter} />
                  {total.limiter}
                  <small class="muted">{LIMITER_MEANING[total.limiter]}</small>
                  {part(a, total.limiter)}
                </th>
                <td class="number">{formatUs(total.timeUs)}</td>
                <td class="share">
                  {formatPercent(total.share)}
                  <ShareBar share={total.share} kind={total.limiter} />
                </td>
                <td class="number">{total.kernels}</td>
                {other !== undefined && (
                  <td class="number">
                    <Delta a={total.timeUs} b={other.timeUs} text={formatUs} lower />
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What the advice takes of a limiter's time. */
function part(side: Side, limiter: LimiterTotal["limiter"]): ComponentChildren {
  if (limiter !== "tail" && limiter !== "compute") return null;
  const idleUs = side.prediction.kernels
    .filter((k) => k.limiter === limiter)
    .reduce((sum, k) => sum + idle(k, side.device), 0);
  return (
    <small class="muted">
      <Term of="lost to the tail">lost to the tail</Term>: {formatUs(idleUs)} of it
    </small>
  );
}

function AdviceList({ side }: { readonly side: Side }) {
  const list = advise(side.prediction, side.device);
  if (list.length === 0) return null;
  return (
    <div>
      <h3>What limits it, and what would help</h3>
      <AdviceItems list={list} />
    </div>
  );
}
