/** Why a trial is not on the front: the trials there that beat it, and by how much. */
import { difference, dominates, rivals, sign } from "../../../../src/report/dominance.ts";
import { formatNumber, formatPercent } from "../../../../src/report/number.ts";
import type { Axis } from "./axes.ts";
import type { FrontState } from "./state.ts";

export function Beaten({ state, trial }: { readonly state: FrontState; readonly trial: number }) {
  const front = state.front.value;
  const axes = (front?.of ?? []).flatMap((id) => state.axes.value.find((a) => a.id === id) ?? []);
  const goals = axes.flatMap(({ goal }) => (goal === undefined ? [] : [{ goal }]));
  if (front === undefined || goals.length !== front.of.length) return null;
  const values = axes.map(({ data }) => data);
  const rows = [...front.rows];
  const best = rivals(goals, values, rows, trial);
  const all = rows.filter((row) => dominates(goals, values, row, trial)).length;
  if (best.length === 0) return null;
  return (
    <>
      <p>
        {all === 1 ? "A trial" : `${formatNumber(all)} trials`} of the front{" "}
        {all === 1 ? "is" : "are"} at least as good in {axes.map(({ label }) => label).join(", ")}
        {all > best.length && "; the best in each"}:
      </p>
      <ul class="rivals">
        {best.map(({ trial: rival }) => (
          <li key={rival}>
            <button type="button" onClick={() => state.set({ pick: rival })}>
              Trial {rival}
            </button>{" "}
            {axes.map((axis, k) => (
              <Change
                key={axis.id}
                axis={axis}
                from={trial}
                to={rival}
                last={k + 1 === axes.length}
              />
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}

interface ChangeProps {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
}

function Change({ axis, from, to, last }: ChangeProps) {
  const text = changeText(axis, from, to);
  const better = axis.goal && sign({ goal: axis.goal }) * (axis.data[to]! - axis.data[from]!) > 0;
  return (
    <>
      <span class={better && !text.startsWith("the same") ? "better" : undefined}>{text}</span>
      {!last && ", "}
    </>
  );
}

/** `−1.2 ms latency_ms (−12 %)`; of percentages `+0.4 points accuracy`. */
export function changeText(
  { label, unit, data }: Pick<Axis, "label" | "unit" | "data">,
  from: number,
  to: number,
): string {
  const delta = difference(data[to]!, data[from]!);
  if (delta === 0) return `the same ${label}`;
  const mark = delta > 0 ? "+" : "−";
  const size = formatNumber(Number(Math.abs(delta).toPrecision(3)), 3);
  const called = unit === "%" ? "points" : unit;
  const share = unit === "%" || data[from] === 0 ? undefined : Math.abs(delta / data[from]!);
  return `${mark}${[size, called, label].filter(Boolean).join(" ")}${share === undefined ? "" : ` (${mark}${formatPercent(share)})`}`;
}
