/** The network as a whole: time, arithmetic, traffic, and what is not in these numbers. */

import { speedOfLight } from "../../../../src/report/kernels.ts";
import { formatNumber, formatPercent, formatSi, formatUs } from "../../../../src/report/number.ts";
import { basisText } from "../../components/device-name.ts";
import { Term, type TermName } from "../../components/terms.tsx";
import { device } from "./settings.ts";
import { costs, facts, shownNetwork } from "./state.ts";

export function Totals() {
  const shown = shownNetwork.value;
  const counted = facts.value;
  if (shown === undefined) return null;
  const p = costs.value?.prediction;
  const on = device.value;
  const sol = p && on?.id === p.device && p.kernels.length > 0 ? speedOfLight(p, on) : undefined;
  const sum = (values: Float64Array | undefined) => values?.reduce((a, b) => a + b, 0) ?? 0;
  const missing = missingNodes();
  /** Of the prediction: what it lacks, beside what is not counted. */
  const unpredicted = Math.max(missing, p?.gaps.reduce((n, gap) => n + gap.count, 0) ?? 0);
  const nodes = shown.outline.kinds.filter((kind) => kind === "node").length;
  return (
    <dl class="totals" aria-label="Totals">
      {p && on?.id === p.device && (
        <div class="basis">
          <dt>Predicted for</dt>
          <dd>
            {on.name}{" "}
            <small>
              {on.calibrated ? basisText(on) : <Term of="not calibrated">{basisText(on)}</Term>}
            </small>
          </dd>
        </div>
      )}
      {p && (
        <>
          <Total
            name="Latency"
            missing={unpredicted}
            value={formatUs(p.latencyMs * 1e3)}
            more={`${p.batch > 1 ? `batch of ${formatNumber(p.batch)}, ` : ""}${formatNumber(Math.round((p.batch * 1e3) / p.latencyMs))} inputs/s`}
          />
          <Total
            name="GPU busy"
            missing={unpredicted}
            value={formatUs(p.gpuMs * 1e3)}
            more={`${formatNumber(p.kernels.length)} kernels; host ${formatUs(p.hostMs * 1e3)}`}
          />
          <Total
            name="Lost to the tail"
            missing={unpredicted}
            value={formatUs(sum(costs.value?.tailUs))}
            term="lost to the tail"
            more={wavesText(sum(costs.value?.lostWaves))}
          />
        </>
      )}
      {sol && (
        <>
          <Total
            name="Compute, of peak"
            term="percent of peak"
            value={formatPercent(sol.compute)}
            more="of its units"
          />
          <Total
            name="DRAM, of peak"
            term="percent of peak"
            value={formatPercent(sol.memory)}
            more={formatSi(sol.dramBytes, "B")}
          />
        </>
      )}
      {counted && (
        <>
          <Total
            name="MACs"
            missing={missing}
            value={formatSi(counted.totals.macs)}
            more={
              counted.batch > 1 ? `for a batch of ${formatNumber(counted.batch)}` : "for one input"
            }
          />
          <Total
            name="Parameters"
            missing={missing}
            value={formatSi(counted.totals.params)}
            more=""
          />
        </>
      )}
      <Total
        name="Nodes"
        value={formatNumber(nodes)}
        more={
          shown.outline.constants > 0
            ? `and ${formatNumber(shown.outline.constants)} hidden constants`
            : `blocks by ${shown.outline.grouping}`
        }
      />
    </dl>
  );
}

/** @returns nothing where nothing is lost */
export const wavesText = (waves: number): string =>
  waves === 0 ? "" : `${formatNumber(Number(waves.toPrecision(3)), 3)} waves`;

/** Nodes that are in no sum. */
const missingNodes = () => facts.value?.gaps.reduce((n, gap) => n + gap.count, 0) ?? 0;

interface TotalProps {
  readonly name: string;
  readonly value: string;
  readonly more: string;
  readonly term?: TermName;
  /** How many nodes are not in it: it is a least value then. */
  readonly missing?: number;
}

const Total = ({ name, value, more, term, missing = 0 }: TotalProps) => (
  <div>
    <dt>{term === undefined ? name : <Term of={term}>{name}</Term>}</dt>
    <dd>
      {missing > 0 && (
        <abbr title={`at least: ${missingText(missing)}`}>
          ≥<span class="hidden"> (at least)</span>{" "}
        </abbr>
      )}
      {value}{" "}
      <small>{[more, missing > 0 && missingText(missing)].filter(Boolean).join("; ")}</small>
    </dd>
  </div>
);

const missingText = (n: number) => `without ${n === 1 ? "1 node" : `${formatNumber(n)} nodes`}`;

/** What the numbers leave out, with counts. */
export function Gaps() {
  const gaps = facts.value?.gaps ?? [];
  if (gaps.length === 0) return null;
  const count = missingNodes();
  return (
    <details class="notice gaps">
      <summary>
        <strong>Not in these numbers: {formatNumber(count)}</strong>{" "}
        {gaps
          .slice(0, 4)
          .map(({ op, count: n }) => `${op} (${n})`)
          .join(", ")}
        {gaps.length > 4 ? ", …" : ""}
      </summary>
      <ul>
        {gaps.map(({ op, count: n, reason, nodes }) => (
          <li key={`${op} ${reason}`}>
            <strong>{op}</strong>, {n === 1 ? "1 node" : `${formatNumber(n)} nodes`}: {reason}{" "}
            <span class="muted">
              {nodes.slice(0, 3).join(", ")}
              {nodes.length > 3 ? ", …" : ""}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
