/** The trials of a study between their objectives, and what is linked to them. */
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { source } from "../../api/source.ts";
import { ErrorBox, noStudy } from "../../components/error-box.tsx";
import { go, hashOf, numberOf } from "../../router.ts";
import { errorOf, list } from "../../state/live.ts";
import { warm } from "../../workers/start.ts";
import type { ViewProps } from "../types.ts";
import { Distributions } from "./distributions.tsx";
import { FilterBar } from "./filter-bar.tsx";
import "./front.css";
import { FrontPlot } from "./front-plot.tsx";
import { History } from "./history.tsx";
import { ParallelPlot } from "./parallel.tsx";
import { Picked } from "./picked.tsx";
import { FrontState } from "./state.ts";
import { TrialTable } from "./table.tsx";

export default function FrontView({ rest }: ViewProps) {
  const [part] = rest;
  if (part === undefined) return <Choose />;
  const id = numberOf(part);
  return id === undefined ? <ErrorBox error={noStudy(part)} /> : <Study key={id} id={id} />;
}

function Choose() {
  const found = list.value;
  if (found === undefined) return <p class="muted">Reading the store…</p>;
  return (
    <section class="panel">
      <h1>Choose a study</h1>
      {found.studies.length === 0 && (
        <p>
          The store has none yet: <code>tidemark explore</code> runs one.
        </p>
      )}
      <ul class="choices">
        {found.studies.map(({ id, name, trials, state, objectives }) => (
          <li key={id}>
            <a href={hashOf({ path: ["front", String(id)], query: {} })}>{name}</a>{" "}
            <span class="muted">
              {trials.toLocaleString("en")} trials, {state};{" "}
              {objectives.map((o) => o.name).join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Study({ id }: { readonly id: number }) {
  const [state, set] = useState<FrontState | undefined>();
  const [failed, fail] = useState<ApiError | undefined>();
  useEffect(() => {
    let gone = false;
    let made: FrontState | undefined;
    warm();
    Promise.all([source.study(id), source.trials(id, 0)]).then(
      ([study, page]) => {
        if (gone) return;
        made = new FrontState(study, page);
        made.start();
        set(made);
      },
      (error: unknown) => {
        if (!gone) fail(errorOf(error));
      },
    );
    return () => {
      gone = true;
      made?.stop();
    };
  }, [id]);
  if (failed !== undefined) return <ErrorBox error={failed} />;
  if (state === undefined) return <p class="muted">Reading the trials…</p>;
  return <Plots state={state} />;
}

function Plots({ state }: { readonly state: FrontState }) {
  const { name, id } = state.study.value;
  const { count } = state.block.value;
  const studies = list.value?.studies ?? [];
  return (
    <div class="front-view">
      <header class="front-head">
        <h1>{name}</h1>
        <span class={`state ${state.study.value.state}`}>{state.study.value.state}</span>
        <span class="muted">{count.toLocaleString("en")} trials</span>
        <label class="other">
          Study{" "}
          <select value={id} onChange={({ currentTarget }) => go(["front", currentTarget.value])}>
            {!studies.some((s) => s.id === id) && <option value={id}>{name}</option>}
            {studies.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
        </label>
      </header>
      {state.error.value !== undefined && <ErrorBox error={state.error.value} />}
      {count === 0 ? (
        <p class="notice">No trials yet: they appear here as they are evaluated.</p>
      ) : (
        <>
          <FilterBar state={state} />
          <div class="front-grid">
            <FrontPlot state={state} />
            <aside>
              <Picked state={state} />
              <TrialTable state={state} />
            </aside>
          </div>
          {state.settled.value && (
            <>
              <ParallelPlot state={state} />
              <div class="front-pair">
                <History state={state} />
                <Distributions state={state} />
              </div>
            </>
          )}
        </>
      )}
    </div>
  );
}
