/** Two sides: totals, and what makes the difference, largest first; only what differs is marked. */
import { useMemo, useState } from "preact/hooks";
import {
  type ComparedTotal,
  type ComparedUnit,
  comparePredictions,
  type UnitSide,
} from "../../../../src/gpu/compare.ts";
import { nodeText } from "../../../../src/report/kernels.ts";
import { formatNumber, formatPercent, formatSi, formatUs } from "../../../../src/report/number.ts";
import { csvOf } from "../../export/csv.ts";
import { save } from "../../export/save.ts";
import { changeText } from "./delta.tsx";
import { type Side, sideText } from "./evaluate.ts";
import { fileName } from "./kernel-csv.ts";
import { Swatch } from "./limiter.tsx";
import { Scroll } from "./scroll.tsx";

interface Props {
  readonly a: Side;
  readonly b: Side;
}

/** Shown at first; the rest on demand. */
const FIRST = 25;

export function CompareSection({ a, b }: Props) {
  const comparison = useMemo(() => comparePredictions(a.prediction, b.prediction), [a, b]);
  const [all, setAll] = useState(false);
  const moved = comparison.units.filter((u) => u.deltaUs !== 0);
  const units = all ? moved : moved.slice(0, FIRST);
  return (
    <section class="panel compare" aria-label="Side by side">
      <header class="plot-head">
        <h2>Side by side</h2>
        <span class="exports">
          <button
            type="button"
            aria-label="Comparison as CSV"
            onClick={() =>
              save(
                `${fileName("compare", [a, b])}.csv`,
                "text/csv",
                csvOf(UNIT_HEADER, comparison.units.map(unitRow)),
              )
            }
          >
            CSV
          </button>
        </span>
      </header>
      <p>
        <b>A</b> {sideText(a)}
        <br />
        <b>B</b> {sideText(b)}
      </p>
      <Scroll label="Totals of both sides">
        <table class="rows totals">
          <thead>
            <tr>
              <th scope="col">Total</th>
              <th scope="col" class="number">
                A
              </th>
              <th scope="col" class="number">
                B
              </th>
              <th scope="col" class="number">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {comparison.totals.map((total) => (
              <Total key={total.what} total={total} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <h3>What makes the difference</h3>
      {moved.length === 0 ? (
        <p class="muted">Nothing: every kernel takes the same time.</p>
      ) : (
        <Scroll label="Layers that differ">
          <table class="rows units">
            <thead>
              <tr>
                <th scope="col">Layers</th>
                <th scope="col" class="number">
                  A
                </th>
                <th scope="col" class="number">
                  B
                </th>
                <th scope="col" class="number">
                  B − A
                </th>
                <th scope="col">Kernel and limiter of A</th>
                <th scope="col">of B, where it differs</th>
              </tr>
            </thead>
            <tbody>
              {units.map((unit, i) => (
                <Unit key={i} unit={unit} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {moved.length > FIRST && (
        <button type="button" onClick={() => setAll(!all)}>
          {all ? `The largest ${FIRST} only` : `All ${moved.length} that differ`}
        </button>
      )}
    </section>
  );
}

const ms = (x: number) => formatUs(x * 1e3);
const TOTALS: Readonly<
  Record<string, { readonly name: string; readonly text: (x: number) => string; lower?: boolean }>
> = {
  latencyMs: { name: "Latency", text: ms, lower: true },
  latencyMsPerInput: { name: "Latency of one input", text: ms, lower: true },
  gpuMs: { name: "GPU busy", text: ms, lower: true },
  hostMs: { name: "Host", text: ms, lower: true },
  kernels: { name: "Kernels", text: (x) => formatNumber(x) },
  flops: { name: "FLOPs executed", text: (x) => formatSi(x) },
  dramBytes: { name: "DRAM traffic", text: (x) => formatSi(x, "B"), lower: true },
  smUtilization: { name: "SM slots filled", text: formatPercent, lower: false },
};

function Total({ total: { what, a, b } }: { readonly total: ComparedTotal }) {
  const { name, text, lower } = TOTALS[what] ?? { name: what, text: formatNumber };
  const same = text(a) === text(b);
  const better = same || lower === undefined ? "" : lower === b < a ? "better" : "worse";
  return (
    <tr class={same ? undefined : "differs"}>
      <th scope="row">{name}</th>
      <td class="number">{text(a)}</td>
      <td class="number">{text(b)}</td>
      <td class={`number ${better}`}>
        {same ? <span class="muted">same</span> : changeText(a, b)}
      </td>
    </tr>
  );
}

function Unit({ unit: { a, b, deltaUs } }: { readonly unit: ComparedUnit }) {
  const text = deltaUs > 0 ? `+${formatUs(deltaUs)}` : `−${formatUs(-deltaUs)}`;
  return (
    <tr>
      <th scope="row">{nodeText((a ?? b)!.nodes)}</th>
      <td class="number">{a === null ? "–" : formatUs(a.timeUs)}</td>
      <td class="number">{b === null ? "–" : formatUs(b.timeUs)}</td>
      <td class={`number ${deltaUs < 0 ? "better" : "worse"}`}>{text}</td>
      <td>{a === null ? "–" : <Doing side={a} />}</td>
      <td>
        {b === null ? (
          "–"
        ) : doing(a) === doing(b) ? (
          <span class="muted">same</span>
        ) : (
          <Doing side={b} />
        )}
      </td>
    </tr>
  );
}

const Doing = ({ side }: { readonly side: UnitSide }) => (
  <span class="limiter">
    <Swatch limiter={side.limiter} />
    {side.longest.name}, {side.longest.waves} {side.longest.waves === 1 ? "wave" : "waves"},{" "}
    {side.limiter}
  </span>
);

const doing = (side: UnitSide | null): string =>
  side === null ? "" : `${side.longest.name} ${side.longest.waves} ${side.limiter}`;

const UNIT_HEADER = [
  "layersA",
  "layersB",
  "alignedBy",
  "timeUsA",
  "timeUsB",
  "deltaUs",
  "kernelA",
  "kernelB",
  "limiterA",
  "limiterB",
] as const;

function unitRow({ a, b, alignedBy, deltaUs }: ComparedUnit) {
  return [
    a?.nodes.join(" "),
    b?.nodes.join(" "),
    alignedBy ?? undefined,
    a?.timeUs,
    b?.timeUs,
    deltaUs,
    a?.longest.name,
    b?.longest.name,
    a?.limiter,
    b?.limiter,
  ];
}
