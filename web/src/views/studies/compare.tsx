/** Two studies side by side: only what differs. */
import type { ComponentChildren } from "preact";
import type { Json } from "../../../../src/base/json.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import type { StudyDetail } from "../../../../src/server/api/types.ts";
import { ErrorBox, noStudy } from "../../components/error-box.tsx";
import { hashOf, numberOf, route, setQuery } from "../../router.ts";
import { list } from "../../state/live.ts";
import { differences, fieldsOf } from "./differences.ts";
import { count, withUnit } from "./format.ts";
import { commonVolume, type Results, sameObjectives } from "./results.ts";
import { StateBadge } from "./state-badge.tsx";
import { studyFileOf } from "./study-file.ts";
import { type Followed, useStudy } from "./use-study.ts";

export function Compare() {
  const { a, b } = route.value.query;
  const [left, right] = [numberOf(a), numberOf(b)];
  const unread = [a, b].filter((part) => part !== undefined && numberOf(part) === undefined);
  return (
    <>
      <p class="crumbs">
        <a href={hashOf({ path: ["studies"], query: {} })}>Studies</a>
      </p>
      <h1>Compare two studies</h1>
      <div class="filters">
        <Choice name="a" label="Study A" value={a} />
        <Choice name="b" label="Study B" value={b} />
        <button
          type="button"
          disabled={a === undefined || b === undefined}
          onClick={() => setQuery({ a: b, b: a })}
        >
          Swap
        </button>
      </div>
      {unread.map((part, i) => (
        <ErrorBox key={i} error={noStudy(part!)} />
      ))}
      {left !== undefined && right !== undefined ? (
        <Both key={`${left} ${right}`} a={left} b={right} />
      ) : (
        unread.length === 0 && <p class="muted">Choose two studies.</p>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly name: "a" | "b";
  readonly label: string;
  readonly value: string | undefined;
}

const Choice = ({ name, label, value }: ChoiceProps) => (
  <label>
    {label}{" "}
    <select
      value={value ?? ""}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value || undefined })}
    >
      <option value="">–</option>
      {list.value?.studies.map(({ id, name: called }) => (
        <option key={id} value={String(id)}>
          {called}
        </option>
      ))}
    </select>
  </label>
);

function Both({ a, b }: { readonly a: number; readonly b: number }) {
  const [left, right] = [useStudy(a), useStudy(b)];
  const errors = [left, right].flatMap(({ error }) => error ?? []);
  return (
    <>
      {errors.map((error, i) => (
        <ErrorBox key={i} error={error} />
      ))}
      {left.study !== undefined && right.study !== undefined ? (
        <Tables left={left} right={right} a={left.study} b={right.study} />
      ) : (
        errors.length === 0 && <p class="muted">Reading the studies…</p>
      )}
    </>
  );
}

interface Sides {
  readonly a: StudyDetail;
  readonly b: StudyDetail;
}

function Tables({
  left,
  right,
  a,
  b,
}: Sides & { readonly left: Followed; readonly right: Followed }) {
  const differ = differences(studyFileOf(a.spec), studyFileOf(b.spec)).filter(
    ({ path }) => path !== "name",
  );
  const rests = differences(
    Object.fromEntries(a.rests.map((line) => [line, true])),
    Object.fromEntries(b.rests.map((line) => [line, true])),
  );
  return (
    <>
      <section class="panel">
        <h2>How they stand</h2>
        <Side a={a} b={b} against>
          {a.state !== b.state && (
            <Row
              name="State"
              a={<StateBadge state={a.state} />}
              b={<StateBadge state={b.state} />}
              difference=""
            />
          )}
          <Row
            name="Trials"
            a={count(a.trials)}
            b={count(b.trials)}
            difference={change(a.trials, b.trials)}
            number
          />
          {(a.failed > 0 || b.failed > 0) && (
            <Row
              name="Failed"
              a={count(a.failed)}
              b={count(b.failed)}
              difference={change(a.failed, b.failed)}
              number
            />
          )}
          {left.results !== undefined && right.results !== undefined && (
            <Found a={a} b={b} left={left.results} right={right.results} />
          )}
        </Side>
      </section>
      <section class="panel">
        <h2>What was asked for</h2>
        {differ.length === 0 ? (
          <p class="muted">The same, but for the name.</p>
        ) : (
          <Side a={a} b={b}>
            {differ.map(({ path, a: left_, b: right_ }) => (
              <Row key={path} name={path} a={<Value of={left_} />} b={<Value of={right_} />} />
            ))}
          </Side>
        )}
      </section>
      {rests.length > 0 && (
        <section class="panel">
          <h2>What the numbers rest on</h2>
          {([a, b] as const).map((study, i) => {
            const own = rests.filter((r) => (i === 0 ? r.a : r.b) !== undefined);
            return (
              own.length > 0 && (
                <div key={study.id}>
                  <h3>Only {study.name}</h3>
                  <ul class="rests">
                    {own.map(({ path }) => (
                      <li key={path}>{path}</li>
                    ))}
                  </ul>
                </div>
              )
            );
          })}
        </section>
      )}
    </>
  );
}

function Found({ a, b, left, right }: Sides & { readonly left: Results; readonly right: Results }) {
  const rows = left.best.flatMap(({ objective, value }) => {
    const other = right.best.find(
      ({ objective: o }) =>
        o.name === objective.name && o.unit === objective.unit && o.goal === objective.goal,
    );
    if (other === undefined) return [];
    const { name, unit, goal } = objective;
    const better = goal === "maximize" ? other.value > value : other.value < value;
    return [
      <Row
        key={name}
        name={`Best ${name}`}
        a={withUnit(value, unit)}
        b={withUnit(other.value, unit)}
        difference={change(value, other.value, unit)}
        judged={other.value === value ? undefined : better ? "better" : "worse"}
        number
      />,
    ];
  });
  const volume = sameObjectives(a.objectives, b.objectives)
    ? commonVolume(a.objectives, [left.front, ordered(a, b, right.front)])
    : { gap: "their objectives differ" };
  return (
    <>
      {rows}
      <Row
        name="On the front"
        a={count(left.front.length)}
        b={count(right.front.length)}
        difference={change(left.front.length, right.front.length)}
        number
      />
      {"gap" in volume ? (
        <tr>
          <th scope="row">Hypervolume</th>
          <td colSpan={3} class="muted">
            none: {volume.gap}
          </td>
        </tr>
      ) : (
        <Row
          name="Hypervolume"
          detail={`beyond ${a.objectives
            .map(({ name, unit }, k) => `${name} ${withUnit(volume.reference[k]!, unit)}`)
            .join(", ")}`}
          a={formatNumber(volume.volumes[0]!, 5)}
          b={formatNumber(volume.volumes[1]!, 5)}
          difference={change(volume.volumes[0]!, volume.volumes[1]!)}
          judged={
            volume.volumes[0] === volume.volumes[1]
              ? undefined
              : volume.volumes[1]! > volume.volumes[0]!
                ? "better"
                : "worse"
          }
          number
        />
      )}
    </>
  );
}

/** Points of `b`, whose objectives may stand in another order, in the order of `a`. */
function ordered(a: StudyDetail, b: StudyDetail, points: Results["front"]): Results["front"] {
  const at = a.objectives.map(({ name }) => b.objectives.findIndex((o) => o.name === name));
  return points.map((point) => at.map((k) => point[k]!));
}

/** `+3.2 %`; of percentages `+0.4 points`, since percent of them could be taken for those. */
function change(a: number, b: number, unit = ""): string {
  if (a === b) return "the same";
  if (unit === "%") return `${b > a ? "+" : "−"}${formatNumber(Math.abs(b - a), 3)} points`;
  if (a === 0) return `${b > 0 ? "+" : "−"}${formatNumber(Math.abs(b))}`;
  const percent = (100 * (b - a)) / Math.abs(a);
  return `${percent > 0 ? "+" : "−"}${formatNumber(Math.abs(percent), 3)} %`;
}

interface SideProps extends Sides {
  /** Whether rows say how B stands against A. */
  readonly against?: boolean;
  readonly children: ComponentChildren;
}

const Side = ({ a, b, against = false, children }: SideProps) => (
  <div class="wide">
    <table class="rows compare">
      <thead>
        <tr>
          <td />
          {[a, b].map((study, i) => (
            <th key={i} scope="col">
              {i === 0 ? "A: " : "B: "}
              <a href={hashOf({ path: ["studies", String(study.id)], query: {} })}>{study.name}</a>
            </th>
          ))}
          {against && (
            <th scope="col" class="against">
              B against A
            </th>
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);

interface RowProps {
  readonly name: string;
  readonly detail?: string;
  readonly a: ComponentChildren;
  readonly b: ComponentChildren;
  readonly difference?: string;
  readonly judged?: "better" | "worse" | undefined;
  readonly number?: boolean;
}

const Row = ({ name, detail, a, b, difference, judged, number = false }: RowProps) => (
  <tr>
    <th scope="row">
      {name}
      {detail !== undefined && <div class="muted detail">{detail}</div>}
    </th>
    <td class={number ? "figure" : ""}>{a}</td>
    <td class={number ? "figure" : ""}>{b}</td>
    {difference !== undefined && (
      <td class={judged ?? "muted"}>
        {difference}
        {judged !== undefined && ` ${judged}`}
      </td>
    )}
  </tr>
);

const Value = ({ of }: { readonly of: Json | undefined }) =>
  of === undefined ? (
    <span class="muted">not there</span>
  ) : typeof of !== "object" || of === null ? (
    <code>{String(of)}</code>
  ) : (
    <dl class="fields">
      {fieldsOf(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
