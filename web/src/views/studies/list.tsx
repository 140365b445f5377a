/** The list of studies, as the store has them now. */
import { useState } from "preact/hooks";
import type { StudyRow } from "../../../../src/server/api/types.ts";
import { hashOf, route, setQuery } from "../../router.ts";
import { list } from "../../state/live.ts";
import { type Order, orderOf, orderText, pickedOf, type SortKey, shownStudies } from "./filter.ts";
import { count, dateTime } from "./format.ts";
import { firstLine } from "./markdown.ts";
import { StartForm } from "./start-form.tsx";
import { StateBadge } from "./state-badge.tsx";

export function StudyListPage() {
  const found = list.value;
  const [starting, setStarting] = useState(false);
  const writable = found?.writable ?? true;
  return (
    <>
      <header class="page-head">
        <h1>{found === undefined ? "Studies" : `Studies in ${found.store}`}</h1>
        {writable && !starting && (
          <button type="button" class="primary" onClick={() => setStarting(true)}>
            Start a study
          </button>
        )}
      </header>
      {starting && <StartForm onClose={() => setStarting(false)} />}
      {found === undefined ? (
        <p class="muted">No store has been read yet.</p>
      ) : found.studies.length === 0 ? (
        <section class="panel">
          <p>There are no studies in this store yet.</p>
          <p class="muted">
            Start one here, or in a terminal: <code>tidemark explore</code>.
          </p>
        </section>
      ) : (
        <Table studies={found.studies} />
      )}
    </>
  );
}

function Table({ studies }: { readonly studies: readonly StudyRow[] }) {
  const { q = "", state, sort, pick } = route.value.query;
  const order = orderOf(sort);
  const shown = shownStudies(studies, q, state, order);
  const picked = pickedOf(pick).filter((id) => studies.some((study) => study.id === id));
  const toggle = (id: number, on: boolean) => {
    const next = on ? [...picked, id].slice(-2) : picked.filter((each) => each !== id);
    setQuery({ pick: next.length === 0 ? undefined : next.join(",") });
  };
  const head = { order };
  return (
    <section class="panel" aria-label="Studies">
      <div class="filters">
        <label>
          <span class="hidden">Filter by text</span>
          <input
            type="search"
            placeholder="Name, space, objective, note…"
            value={q}
            onInput={({ currentTarget: { value } }) =>
              setQuery({ q: value === "" ? undefined : value })
            }
          />
        </label>
        <label>
          State{" "}
          <select
            value={state ?? ""}
            onChange={({ currentTarget: { value } }) =>
              setQuery({ state: value === "" ? undefined : value })
            }
          >
            <option value="">all</option>
            <option>running</option>
            <option>finished</option>
            <option>interrupted</option>
          </select>
        </label>
        <span class="muted" role="status">
          {shown.length === studies.length
            ? `${count(studies.length)} ${studies.length === 1 ? "study" : "studies"}`
            : `${count(shown.length)} of ${count(studies.length)} studies`}
        </span>
        <span class="push">
          {picked.length === 2 ? (
            <a
              class="button"
              href={hashOf({
                path: ["studies", "compare"],
                query: { a: String(picked[0]), b: String(picked[1]) },
              })}
            >
              Compare the two ticked
            </a>
          ) : (
            studies.length > 1 && <span class="muted">Tick two to compare them</span>
          )}
        </span>
      </div>
      <div class="wide">
        <table class="rows studies">
          <thead>
            <tr>
              <td />
              <Head {...head} sort="name" title="Name" />
              <Head {...head} sort="state" title="State" />
              <Head {...head} sort="trials" title="Trials" number />
              <th scope="col">Objectives</th>
              <Head {...head} sort="space" title="Space" />
              <Head {...head} sort="algorithm" title="Algorithm" />
              <th scope="col" class="number">
                Seed
              </th>
              <Head {...head} sort="id" title="Begun" />
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((study) => (
              <Row
                key={study.id}
                study={study}
                ticked={picked.includes(study.id)}
                onTick={(on) => toggle(study.id, on)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="muted">No study is like that.</p>}
    </section>
  );
}

interface HeadProps {
  readonly order: Order;
  readonly sort: SortKey;
  readonly title: string;
  readonly number?: boolean;
}

function Head({ order, sort, title, number = false }: HeadProps) {
  const mine = order.key === sort;
  const next = { key: sort, descending: mine ? !order.descending : sort === "trials" };
  return (
    <th
      scope="col"
      class={number ? "number" : ""}
      aria-sort={mine ? (order.descending ? "descending" : "ascending") : undefined}
    >
      <button type="button" class="sort" onClick={() => setQuery({ sort: orderText(next) })}>
        {title}
        <span aria-hidden="true" class="arrow">
          {mine ? (order.descending ? "▼" : "▲") : ""}
        </span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly study: StudyRow;
  readonly ticked: boolean;
  readonly onTick: (on: boolean) => void;
}

const Row = ({ study, ticked, onTick }: RowProps) => (
  <tr>
    <td class="tick">
      <input
        type="checkbox"
        checked={ticked}
        aria-label={`Compare ${study.name}`}
        onChange={({ currentTarget }) => onTick(currentTarget.checked)}
      />
    </td>
    <td class="name">
      <a href={hashOf({ path: ["studies", String(study.id)], query: {} })}>{study.name}</a>
    </td>
    <td>
      <StateBadge state={study.state} />
    </td>
    <td class="number">{count(study.trials)}</td>
    <td class="objectives">
      {study.objectives.map(({ name, unit, goal }) => (
        <span key={name} class="objective" title={`${goal}${unit === "" ? "" : `, in ${unit}`}`}>
          <span aria-hidden="true">{goal === "maximize" ? "↑" : "↓"}</span>
          <span class="hidden">{goal}</span> {name}
        </span>
      ))}
    </td>
    <td>{study.space}</td>
    <td>{study.algorithm}</td>
    <td class="number">{study.seed}</td>
    <td class="when">
      <time dateTime={study.createdAt}>{dateTime(study.createdAt)}</time>
    </td>
    <td class="note-line muted">{firstLine(study.note)}</td>
  </tr>
);
