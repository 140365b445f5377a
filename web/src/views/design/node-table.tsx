/** The same nodes as a table, dearest first: for those who read rather than look. */
import { useState } from "preact/hooks";
import { limiterText } from "../../../../src/report/kernels.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import { setQuery } from "../../router.ts";
import { COSTS, type Cost } from "./costs.ts";
import { operatorOf, outputsOf, shapeText } from "./labels.ts";
import { cost } from "./settings.ts";
import { costs, facts, jumpTo, picked, shownNetwork } from "./state.ts";

/** Pixels. */
const ROW = 28;
const HEIGHT = 360;
/** Rows made beyond what is seen. */
const MORE = 8;

export function NodeTable() {
  const [top, setTop] = useState(0);
  const shown = shownNetwork.value;
  if (shown === undefined) return null;
  const { kinds, names } = shown.outline;
  const columns = COSTS.map((each) => ({ each, values: each.of(facts.value, costs.value) }));
  const sorted = columns.find(({ each }) => each.id === cost.value.id)?.values;
  const items = kinds.flatMap((kind, i) => (kind === "node" ? [i] : []));
  if (sorted) items.sort((a, b) => sorted[b]! - sorted[a]! || a - b);
  const from = Math.max(0, Math.floor(top / ROW) - MORE);
  const to = Math.min(items.length, Math.ceil((top + HEIGHT) / ROW) + MORE);
  const kernels = costs.value?.prediction.kernels;
  return (
    <div class="panel">
      <h2>
        {formatNumber(items.length)} nodes by {cost.value.label.toLowerCase()}
      </h2>
      <section
        class="node-table"
        style={{ maxHeight: `${HEIGHT}px` }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
        tabIndex={0}
        aria-label="Table of nodes"
      >
        <table class="rows" aria-rowcount={items.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">Node</th>
              <th scope="col">Operator</th>
              <th scope="col">Output</th>
              {COSTS.map((each) => (
                <Header key={each.id} of={each} />
              ))}
              <th scope="col">Limiter</th>
            </tr>
          </thead>
          <tbody>
            <Space rows={from} />
            {items.slice(from, to).map((item, i) => {
              const [first] = outputsOf(shown, item);
              const reason = facts.value?.uncounted[item];
              const conditional = facts.value?.conditional[item];
              const limiters = new Set(
                costs.value?.kernelsOf[item]?.map((k) => limiterText(kernels![k]!)),
              );
              return (
                <tr
                  key={item}
                  aria-rowindex={from + i + 2}
                  aria-current={picked.value === item ? "true" : undefined}
                  style={{ height: `${ROW}px` }}
                >
                  <td>
                    <button type="button" class="link mono" onClick={() => jumpTo(item)}>
                      {names[item]}
                    </button>
                  </td>
                  <td>{operatorOf(shown, item)}</td>
                  <td>
                    {first === undefined ? "" : shapeText(facts.value?.types.get(first)?.shape)}
                  </td>
                  {columns.map(({ each, values }) => (
                    <td key={each.id} class="number">
                      {values === undefined
                        ? ""
                        : reason || (each.predicted && conditional)
                          ? "–"
                          : each.format(values[item]!)}
                    </td>
                  ))}
                  <td title={reason ?? conditional}>
                    {reason
                      ? "not counted"
                      : conditional
                        ? "in a branch"
                        : [...limiters].join(", ")}
                  </td>
                </tr>
              );
            })}
            <Space rows={items.length - to} />
          </tbody>
        </table>
      </section>
    </div>
  );
}

const Header = ({ of }: { readonly of: Cost }) => (
  <th scope="col" class="number" aria-sort={cost.value.id === of.id ? "descending" : undefined}>
    <button type="button" class="link" onClick={() => setQuery({ cost: of.id })}>
      {of.short}
      {cost.value.id === of.id ? " ↓" : ""}
    </button>
  </th>
);

/** Stands for rows that are not made. */
const Space = ({ rows }: { readonly rows: number }) =>
  rows > 0 ? (
    <tr>
      <td colSpan={COSTS.length + 4} style={{ height: `${rows * ROW}px`, padding: 0, border: 0 }} />
    </tr>
  ) : null;
