/** The picked trial: its values, its design, and the way to its network. */
import { cell, TRIAL_STATES } from "../../../../src/study/block.ts";
import { hashOf } from "../../router.ts";
import { titleOf } from "./axes.ts";
import { valueText } from "./format.ts";
import type { FrontState } from "./state.ts";

export function Picked({ state }: { readonly state: FrontState }) {
  const pick = state.part.pick.value;
  const block = state.block.value;
  return (
    <section class="panel picked" aria-label="Picked trial" aria-live="polite">
      {pick === undefined || pick >= block.count ? (
        <>
          <h2>No trial picked</h2>
          <p class="muted">
            Click a dot or a row, or focus the plot and press an arrow key, to see a design.
          </p>
        </>
      ) : (
        <Trial state={state} trial={pick} />
      )}
    </section>
  );
}

function Trial({ state, trial }: { readonly state: FrontState; readonly trial: number }) {
  const block = state.block.value;
  const front = state.front.value;
  const code = block.states[trial]!;
  const error = block.errors.get(trial);
  const network = { network: `study:${state.study.value.id}:${trial}` };
  const standing =
    TRIAL_STATES[code] === "complete" && front !== undefined
      ? front.onFront[trial] === 1
        ? "on the front"
        : "dominated"
      : TRIAL_STATES[code];
  const values = state.axes.value.filter(({ role }) => role === "objective" || role === "value");
  return (
    <>
      <header>
        <h2>Trial {trial}</h2>
        <span class="muted">{standing}</span>
        <button type="button" onClick={() => state.set({ pick: undefined })}>
          Unpick
        </button>
      </header>
      {error !== undefined && <p class="error">{error}</p>}
      <dl>
        {values.map((axis) => (
          <div key={axis.id} class={axis.role}>
            <dt>{titleOf(axis)}</dt>
            <dd>{valueText(axis, axis.data[trial]!)}</dd>
          </div>
        ))}
      </dl>
      <h3>Design</h3>
      <dl>
        {block.design.map((column) => {
          const value = cell(column, trial);
          return value === undefined ? undefined : (
            <div key={column.name}>
              <dt>{column.name}</dt>
              <dd>{String(value)}</dd>
            </div>
          );
        })}
      </dl>
      {state.study.value.networks && (
        <p class="links">
          <a href={hashOf({ path: ["design"], query: network })}>Show its network</a>
          <a href={hashOf({ path: ["gpu"], query: network })}>Predict it on a GPU</a>
        </p>
      )}
    </>
  );
}
