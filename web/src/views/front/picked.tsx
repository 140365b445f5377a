/** The picked trial: its values, its design, and the way to its network. */
import { useEffect } from "preact/hooks";
import { EXPORTED_NETWORKS } from "../../../../src/server/api/export-files.ts";
import { cell, TRIAL_STATES } from "../../../../src/study/block.ts";
import { hasNetwork } from "../../api/networks.ts";
import { hashOf } from "../../router.ts";
import { devices, readDevices } from "../../state/devices.ts";
import { titleOf } from "./axes.ts";
import { Beaten } from "./beaten.tsx";
import { valueText } from "./format.ts";
import { predictedFor } from "./predicted-for.ts";
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
      <NetworkLinks state={state} trial={trial} />
      {standing === "dominated" && <Beaten state={state} trial={trial} />}
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
    </>
  );
}

/** The views that predict are opened for what the study's own times are of. */
function NetworkLinks({ state, trial }: { readonly state: FrontState; readonly trial: number }) {
  useEffect(() => {
    // Without the list a device keeps the name that the study calls it by.
    readDevices().catch(() => {});
  }, []);
  const study = state.study.value;
  const choices = predictedFor(study, devices.value);
  const wanted = state.predictedFor.value;
  const chosen = choices.find(({ objective }) => objective === wanted) ?? choices[0];
  if (!study.networks) return null;
  if (!hasNetwork(study, trial))
    return (
      <p class="muted">
        Its network is not in this export, which has those of the study's front, {EXPORTED_NETWORKS}{" "}
        at most.
      </p>
    );
  const query = { network: `study:${study.id}:${trial}`, ...chosen?.query };
  return (
    <>
      <p class="links">
        {choices.length > 1 && (
          <label>
            Predicted as{" "}
            <select
              value={chosen!.objective}
              onChange={({ currentTarget }) => {
                state.predictedFor.value = currentTarget.value;
              }}
            >
              {choices.map(({ objective, label }) => (
                <option key={objective} value={objective}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
        <a href={hashOf({ path: ["design"], query })}>Show its network</a>
        <a href={hashOf({ path: ["gpu"], query })}>Predict it on a GPU</a>
      </p>
      {chosen !== undefined && chosen.beyond.length > 0 && (
        <p class="muted">
          The study's {chosen.objective} is with {chosen.beyond.join(" and ")}: these pages predict
          it without.
        </p>
      )}
    </>
  );
}
