/** The sums over a selected stretch of the timeline, of each side. */
import { formatNumber, formatPercent, formatSi, formatUs } from "../../../../src/report/number.ts";
import type { Aggregate } from "../../timeline/aggregate.ts";
import { Swatch } from "./limiter.tsx";
import { Scroll } from "./scroll.tsx";

interface Props {
  readonly sums: readonly Aggregate[];
  readonly onClear: () => void;
  readonly onZoom: () => void;
}

export function Selection({ sums, onClear, onZoom }: Props) {
  const { fromUs, toUs } = sums[0]!;
  return (
    <section class="selection" aria-label="Selected stretch">
      <header>
        <h3>
          Selected: {formatUs(toUs - fromUs)}, from {formatUs(Math.max(0, fromUs))} on
        </h3>
        <button type="button" onClick={onZoom}>
          Zoom to it
        </button>
        <button type="button" onClick={onClear}>
          Clear
        </button>
      </header>
      <Scroll label="Sums of the selected stretch">
        <table class="rows">
          <thead>
            <tr>
              {sums.length > 1 && <th scope="col">Side</th>}
              <th scope="col" class="number">
                Kernels
              </th>
              <th scope="col" class="number">
                Kernel time
              </th>
              <th scope="col" class="number">
                Of all kernels' time
              </th>
              <th scope="col" class="number">
                Waves
              </th>
              <th scope="col" class="number">
                SM slots filled
              </th>
              <th scope="col" class="number">
                FLOPs
              </th>
              <th scope="col" class="number">
                DRAM
              </th>
              <th scope="col">By limiter</th>
            </tr>
          </thead>
          <tbody>
            {sums.map((sum, i) => (
              <tr key={i}>
                {sums.length > 1 && <td>{"AB"[i]}</td>}
                <td class="number">{formatNumber(sum.kernels)}</td>
                <td class="number">{formatUs(sum.busyUs)}</td>
                <td class="number">{formatPercent(sum.share)}</td>
                <td class="number">{formatNumber(Number(sum.waves.toPrecision(4)))}</td>
                <td class="number">{formatPercent(sum.smUtilization)}</td>
                <td class="number">{formatSi(sum.flops)}</td>
                <td class="number">{formatSi(sum.dramBytes, "B")}</td>
                <td>
                  {sum.limiters.map(({ limiter, us }) => (
                    <span key={limiter} class="limiter">
                      <Swatch limiter={limiter} />
                      {limiter} {formatUs(us)} ({formatPercent(us / sum.busyUs)})
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
