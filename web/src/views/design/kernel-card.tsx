/** One kernel: percent of peak, limiter, then how it is launched. */
import type { Device } from "../../../../src/gpu/device.ts";
import { occupancy } from "../../../../src/gpu/occupancy.ts";
import type { Kernel, Prediction } from "../../../../src/gpu/types.ts";
import {
  LIMITER_MEANING,
  limiterText,
  paddingText,
  roofFlopsPerUs,
} from "../../../../src/report/kernels.ts";
import {
  formatFixed,
  formatNumber,
  formatPercent,
  formatSi,
  formatUs,
} from "../../../../src/report/number.ts";
import { TERMS, Term, type TermName } from "../../components/terms.tsx";
import type { KernelMore } from "./protocol.ts";

interface Props {
  readonly kernel: Kernel;
  readonly more: KernelMore;
  readonly prediction: Prediction;
  readonly device: Device;
}

export function KernelCard({ kernel: k, more, prediction, device }: Props) {
  const compute = k.flops / (roofFlopsPerUs(k, device, prediction.precision) * k.timeUs);
  const memory = k.dramBytes / (device.dramBytesPerUs * k.timeUs);
  const resident = occupancy(
    {
      threads: k.block,
      registersPerThread: more.registersPerThread,
      sharedBytes: more.sharedBytesPerBlock,
    },
    device.limits,
  );
  return (
    <article class="kernel">
      <h4>
        <span class="mono">{k.name}</span>
        <span
          class={`limiter l-${k.limiter}`}
          title={k.limiter === "launch" ? TERMS["launch (memory)"] : LIMITER_MEANING[k.limiter]}
        >
          {limiterText(k)}
        </span>
      </h4>
      <p class="muted">
        {k.algorithm}; limited by {k.limiter}: {LIMITER_MEANING[k.limiter]}
      </p>
      <dl class="pairs">
        <Pair name="Time" value={formatUs(k.timeUs)} />
        <Meter name="Compute, of peak" share={compute} />
        <Meter name="DRAM, of peak" share={memory} />
        {k.images !== undefined && <Pair name="Padding" value={paddingText(k.images)} />}
        <Meter name="SM slots filled" share={k.smUtilization} />
        <Pair name="Grid" value={`${k.grid.join(" × ")} = ${formatNumber(k.blocks)} blocks`} />
        <Pair name="Block" value={`${formatNumber(k.block)} threads`} />
        {k.tile && <Pair name="Tile (m, n, k)" value={k.tile.join(" × ")} />}
        <Pair
          name="Waves"
          value={`${formatNumber(k.waves)}, the last ${formatPercent(k.tailFill)} full`}
        />
        <Pair
          name="Occupancy"
          value={`${formatPercent(resident.fraction)}, ${formatNumber(k.blocksPerSm)} blocks an SM, by ${resident.limitedBy}`}
        />
        <Pair
          name="Registers, shared"
          value={`${formatNumber(more.registersPerThread)} a thread, ${formatNumber(more.sharedBytesPerBlock / 1024)} KiB a block`}
        />
        <Pair
          name="Work"
          value={`${formatSi(k.flops, "FLOP")}, ${formatSi(k.dramBytes, "B")} of DRAM traffic`}
        />
        {k.correction !== undefined && (
          <Pair
            name="Learned correction"
            value={`× ${formatFixed(k.correction, 2)}, in the time`}
          />
        )}
        {k.nodes.length > 1 && <Pair name="Computes" value={k.nodes.join(", ")} />}
      </dl>
    </article>
  );
}

export const Pair = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

const METER_TERMS: Readonly<Record<string, TermName>> = {
  "SM slots filled": "SM slots filled",
};

const Meter = ({ name, share }: { readonly name: string; readonly share: number }) => (
  <div>
    <dt>
      <Term of={METER_TERMS[name] ?? "percent of peak"}>{name}</Term>
    </dt>
    <dd>
      {formatPercent(share)}
      <span class="meter-bar">
        <i style={{ width: `${Math.min(100, 100 * share)}%` }} />
      </span>
    </dd>
  </div>
);
