/** One study: how it stands, what it found, what its numbers rest on, and its file. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { StudyDetail } from "../../../../src/server/api/types.ts";
import { TRIAL_STATES } from "../../../../src/study/block.ts";
import { hasNetwork } from "../../api/networks.ts";
import { source } from "../../api/source.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { save } from "../../export/save.ts";
import { hashOf } from "../../router.ts";
import { list } from "../../state/live.ts";
import { useAction } from "./action.ts";
import { count, dateTime, withUnit } from "./format.ts";
import { Note } from "./note.tsx";
import type { Results } from "./results.ts";
import { StartForm } from "./start-form.tsx";
import { StateBadge } from "./state-badge.tsx";
import { jsonText, studyFileOf } from "./study-file.ts";
import { useStudy } from "./use-study.ts";

export function StudyPage({ id }: { readonly id: number }) {
  const { study, results, error } = useStudy(id);
  const gone =
    study !== undefined &&
    list.value !== undefined &&
    !list.value.studies.some((each) => each.id === id);
  return (
    <>
      <p class="crumbs">
        <a href={hashOf({ path: ["studies"], query: {} })}>Studies</a>
      </p>
      {gone ? (
        <ErrorBox
          error={{
            message: `study '${study.name}' is no longer in the store`,
            hint: "it was deleted, or the store was replaced; what is shown is what it was",
          }}
        />
      ) : (
        error !== undefined && <ErrorBox error={error} />
      )}
      {study === undefined ? (
        error === undefined && <p class="muted">Reading the study…</p>
      ) : (
        <Shown study={study} results={results} gone={gone} />
      )}
    </>
  );
}

interface ShownProps {
  readonly study: StudyDetail;
  readonly results: Results | undefined;
  readonly gone: boolean;
}

function Shown({ study, results, gone }: ShownProps) {
  const [copying, setCopying] = useState(false);
  const file = jsonText(studyFileOf(study.spec));
  return (
    <>
      <header class="page-head">
        <h1>{study.name}</h1>
        <StateBadge state={study.state} />
        {!gone && <Actions study={study} />}
      </header>
      {study.failure !== undefined && (
        <ErrorBox error={{ message: "its process failed", hint: study.failure }} />
      )}
      <div class="columns">
        <section class="panel">
          <h2>Facts</h2>
          <dl class="facts">
            <Fact name="Trials">
              {count(study.trials)}
              {study.size !== null && ` of ${count(study.size)} designs`}
            </Fact>
            {results !== undefined && <Fact name="Of these">{states(results)}</Fact>}
            <Fact name="Space">{study.space}</Fact>
            <Fact name="Algorithm">{study.algorithm}</Fact>
            <Fact name="Seed">{study.seed}</Fact>
            <Fact name="Begun">
              <time dateTime={study.createdAt}>{dateTime(study.createdAt)}</time>
            </Fact>
            {study.constraints.length > 0 && (
              <Fact name="Constraints">
                {study.constraints.map(({ name, op, bound }) => (
                  <div key={name}>
                    {name} {op === "<=" ? "≤" : "≥"} {count(bound)}
                  </div>
                ))}
              </Fact>
            )}
          </dl>
        </section>
        <section class="panel">
          <h2>Results</h2>
          <Found study={study} results={results} />
        </section>
        <section class="panel">
          <h2>Note</h2>
          <Note id={study.id} note={study.note} />
        </section>
      </div>
      <section class="panel">
        <h2>What the numbers rest on</h2>
        {study.rests.length === 0 ? (
          <p class="muted">The study says nothing of it.</p>
        ) : (
          <ul class="rests">
            {study.rests.map((line, i) => (
              <li key={i}>{line}</li>
            ))}
          </ul>
        )}
      </section>
      <section class="panel" aria-label="Study file">
        <div class="plot-head">
          <h2>Study file, as it was run</h2>
          <span class="exports">
            <button
              type="button"
              onClick={() => save(`study-${study.id}.json`, "application/json", `${file}\n`)}
            >
              Save
            </button>
            {list.value?.writable === true && (
              <button type="button" onClick={() => setCopying(true)}>
                Start one like it
              </button>
            )}
          </span>
        </div>
        <pre class="spec">{file}</pre>
      </section>
      {copying && <StartForm text={file} onClose={() => setCopying(false)} />}
    </>
  );
}

function Actions({ study: { id, state, trials, space, size } }: { readonly study: StudyDetail }) {
  const { busy, error, run } = useAction();
  const [evaluations, setEvaluations] = useState<string | undefined>();
  const writable = list.value?.writable === true;
  const most = size ?? Number.POSITIVE_INFINITY;
  const more = evaluations ?? String(Math.min(trials * 2, most));
  return (
    <span class="actions">
      <a class="button" href={hashOf({ path: ["front", String(id)], query: {} })}>
        Front
      </a>
      {writable && state === "running" && (
        <button type="button" disabled={busy} onClick={() => void run(() => source.stop(id))}>
          Stop
        </button>
      )}
      {writable && state === "interrupted" && (
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => void run(() => source.resume(id))}
        >
          {busy ? "Resuming…" : "Resume"}
        </button>
      )}
      {writable && state === "finished" && space !== "table" && trials < most && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(async () => {
              await source.resume(id, Number(more));
              setEvaluations(undefined);
            });
          }}
        >
          <label>
            Go on to{" "}
            <input
              type="number"
              min={trials + 1}
              max={size ?? undefined}
              step={1}
              value={more}
              onInput={({ currentTarget }) => setEvaluations(currentTarget.value)}
            />{" "}
            trials
          </label>{" "}
          <button type="submit" disabled={busy}>
            {busy ? "Resuming…" : "Resume"}
          </button>
        </form>
      )}
      {error !== undefined && <ErrorBox error={error} />}
    </span>
  );
}

function Found({ study, results }: Pick<ShownProps, "study" | "results">) {
  if (results === undefined) return <p class="muted">Reading the trials…</p>;
  if (results.best.length === 0) return <p class="muted">No complete trial yet.</p>;
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Objective</th>
            <th scope="col" class="number">
              Best
            </th>
            <th scope="col" class="number">
              Trial
            </th>
          </tr>
        </thead>
        <tbody>
          {results.best.map(({ objective: { name, unit, goal }, value, trial }) => (
            <tr key={name}>
              <td>
                {name} <span class="muted">{goal}</span>
              </td>
              <td class="number">{withUnit(value, unit)}</td>
              <td class="number">
                {hasNetwork(study, trial) ? (
                  <a
                    href={hashOf({
                      path: ["design"],
                      query: { network: `study:${study.id}:${trial}` },
                    })}
                    aria-label={`Network of trial ${trial}`}
                  >
                    {count(trial)}
                  </a>
                ) : (
                  count(trial)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted after">
        {count(results.front.length)} {results.front.length === 1 ? "trial" : "trials"} on the front
      </p>
    </>
  );
}

const states = ({ counts }: Results) =>
  TRIAL_STATES.flatMap((state, i) => (counts[i] ? [`${count(counts[i])} ${state}`] : [])).join(
    ", ",
  ) || "none yet";

const Fact = ({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);
