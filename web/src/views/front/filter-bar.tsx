/** Which trials are shown, by every plot: states, front, region, ranges; each can be taken back. */

import { TRIAL_STATES } from "../../../../src/study/block.ts";
import { countStates } from "../../plots/states.ts";
import { rangeText } from "./format.ts";
import type { FrontState } from "./state.ts";

export function FilterBar({ state }: { readonly state: FrontState }) {
  const { part } = state;
  const [states, frontOnly] = [part.states.value, part.frontOnly.value];
  const [region, ranges] = [part.region.value, part.ranges.value];
  const counts = countStates(state.block.value.states);
  const without = (axis: string) => {
    const next = new Map(ranges);
    next.delete(axis);
    state.set({ ranges: next });
  };
  const any = frontOnly || region !== undefined || ranges.size > 0 || states.includes(false);
  return (
    <section class="panel filters" aria-label="Filters">
      <fieldset>
        <legend class="hidden">States</legend>
        {TRIAL_STATES.map((name, i) => (
          <label key={name} class={counts[i] === 0 ? "muted" : undefined}>
            <input
              type="checkbox"
              checked={states[i]}
              disabled={counts[i] === 0}
              onChange={({ currentTarget }) =>
                state.set({ states: states.with(i, currentTarget.checked) })
              }
            />{" "}
            {name} <span class="muted">{counts[i]!.toLocaleString("en")}</span>
          </label>
        ))}
      </fieldset>
      <label>
        <input
          type="checkbox"
          checked={frontOnly}
          onChange={({ currentTarget }) => state.set({ frontOnly: currentTarget.checked })}
        />{" "}
        front only{" "}
        <span class="muted">{(state.front.value?.rows.length ?? 0).toLocaleString("en")}</span>
      </label>
      {region !== undefined && (
        <Chip
          text={region.shape === "rect" ? "in the rectangle" : "in the lasso"}
          remove={() => state.set({ region: undefined })}
        />
      )}
      {[...ranges].map(([id, range]) => {
        const axis = state.axes.value.find((a) => a.id === id);
        return axis === undefined ? undefined : (
          <Chip key={id} text={rangeText(axis, range)} remove={() => without(id)} />
        );
      })}
      <span class="shown" role="status">
        {state.keptCount.value.toLocaleString("en")} of{" "}
        {state.block.value.count.toLocaleString("en")} trials shown
      </span>
      <button
        type="button"
        disabled={!any}
        onClick={() =>
          state.set({
            states: TRIAL_STATES.map(() => true),
            frontOnly: false,
            region: undefined,
            ranges: new Map(),
          })
        }
      >
        Show all
      </button>
    </section>
  );
}

const Chip = ({ text, remove }: { readonly text: string; readonly remove: () => void }) => (
  <span class="chip">
    {text}
    <button type="button" aria-label={`Remove the filter: ${text}`} onClick={remove}>
      ×
    </button>
  </span>
);
