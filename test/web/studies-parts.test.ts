import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/base/json.ts";
import type { StudyRow } from "../../src/server/api/types.ts";
import { blockOf, sliceBlock } from "../../src/study/block.ts";
import { exportJson } from "../../src/study/export.ts";
import { DEFAULT_STUDY, resolveSpec } from "../../src/study/index.ts";
import { joinPages, slicePage } from "../../web/src/api/pages.ts";
import { differences, fieldsOf } from "../../web/src/views/studies/differences.ts";
import {
  matches,
  orderOf,
  orderText,
  pickedOf,
  SORTS,
  shownStudies,
} from "../../web/src/views/studies/filter.ts";
import {
  firstLine,
  type Inline,
  parseInline,
  parseMarkdown,
} from "../../web/src/views/studies/markdown.ts";
import { commonVolume, resultsOf } from "../../web/src/views/studies/results.ts";
import { jsonText, studyFileOf } from "../../web/src/views/studies/study-file.ts";

const row = (over: Partial<StudyRow>): StudyRow => ({
  id: 1,
  name: "cells",
  state: "finished",
  trials: 10,
  createdAt: "2026-01-01T00:00:00.000Z",
  space: "nasbench201",
  algorithm: "nsga2",
  seed: 1,
  objectives: [{ name: "latency_ms", unit: "ms", goal: "minimize", stage: 0 }],
  note: "the Baseline",
  ...over,
});

describe("the list's filter", () => {
  it("finds every word, anywhere and in any case", () => {
    for (const text of ["", "CELLS", "latency base", "  nsga2  nasbench ", "#1"])
      expect(matches(row({}), text)).toBe(true);
    for (const text of ["cells zoo", "#2", "<"]) expect(matches(row({}), text)).toBe(false);
  });
  it("orders by any column either way, and writes that into the address", () => {
    for (const key of SORTS)
      for (const descending of [true, false])
        expect(orderOf(orderText({ key, descending }))).toEqual({ key, descending });
    expect(orderOf("nonsense")).toEqual({ key: "id", descending: true });
    const studies = [9, 100, 20].map((trials, i) => row({ id: i + 1, trials, name: `s${trials}` }));
    const ids = (sort?: string) =>
      shownStudies(studies, "", undefined, orderOf(sort)).map(({ id }) => id);
    expect(ids()).toEqual([3, 2, 1]);
    expect(ids("trials")).toEqual([1, 3, 2]);
    expect(ids("-trials")).toEqual([2, 3, 1]);
    // As a person counts, not as text sorts.
    expect(ids("name")).toEqual([1, 3, 2]);
    expect(shownStudies(studies, "s2", "running", orderOf(undefined))).toEqual([]);
  });
  it("keeps the last two ticks", () => {
    expect(pickedOf(undefined)).toEqual([]);
    expect(pickedOf("3,x,7,9")).toEqual([7, 9]);
  });
});

describe("a study as a file", () => {
  it("reads back as the study that was stored", () => {
    for (const spec of [
      resolveSpec(DEFAULT_STUDY),
      resolveSpec({
        ...DEFAULT_STUDY,
        search: { algorithm: "nsga2", population: 40 },
        constraints: ["params <= 1000000", "latency_ms <= 9"],
        budget: { evaluations: 20, minutes: 3 },
        reference: { accuracy: 10, latency_ms: 50 },
        stages: { keep: 0.5 },
      }),
    ]) {
      const stored = JSON.parse(JSON.stringify(spec)) as Json;
      const text = jsonText(studyFileOf(stored));
      expect(JSON.parse(JSON.stringify(resolveSpec(JSON.parse(text))))).toEqual(stored);
    }
  });
  it("is written as JSON, whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jsonText(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  it("passes what is no study through", () => {
    for (const odd of [null, 3, "x", [], {}, { objectives: "x", search: null, constraints: [1] }])
      expect(studyFileOf(odd as Json)).toBeDefined();
  });
});

describe("differences", () => {
  it("names what differs, and objectives by their names", () => {
    const a: Json = {
      seed: 1,
      objectives: [{ name: "x" }, { name: "y", device: "a" }],
      only: true,
    };
    const b: Json = { seed: 2, objectives: [{ name: "y", device: "b" }, { name: "z" }] };
    expect(differences(a, b)).toEqual([
      { path: "seed", a: 1, b: 2 },
      { path: "objectives[x]", a: { name: "x" }, b: undefined },
      { path: "objectives[y].device", a: "a", b: "b" },
      { path: "objectives[z]", a: undefined, b: { name: "z" } },
      { path: "only", a: true, b: undefined },
    ]);
  });
  it("are none of a value and itself, and the same from the other side", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (x, y) => {
        const [a, b] = [x as Json, y as Json];
        expect(differences(a, a)).toEqual([]);
        const key = (d: ReturnType<typeof differences>) => d.map(({ path }) => path).sort();
        expect(key(differences(a, b))).toEqual(key(differences(b, a)));
        for (const { a: left, b: right } of differences(a, b))
          expect(JSON.stringify(left)).not.toBe(JSON.stringify(right));
      }),
    );
  });
});

const objectives = [
  { name: "up", unit: "%", goal: "maximize", stage: 0 },
  { name: "down", unit: "ms", goal: "minimize", stage: 0 },
] as const;
const value = fc.integer({ min: 0, max: 40 });
const trials = fc.array(
  fc.record({
    state: fc.constantFrom("complete", "infeasible", "pruned", "failed"),
    up: value,
    down: value,
  }),
  { maxLength: 40 },
);
type Rows = readonly { readonly state: never; readonly up: number; readonly down: number }[];
const block = (rows: Rows) =>
  blockOf(rows.map(({ state, up, down }) => ({ state, design: {}, values: { up, down } })));

describe("results", () => {
  it("are the best values and the front of the complete trials, as by brute force", () => {
    fc.assert(
      fc.property(trials, (given) => {
        const rows = given as unknown as Rows;
        const results = resultsOf(objectives, block(rows));
        const complete = rows.filter(({ state }) => state === ("complete" as never));
        expect(results.counts.reduce((n, c) => n + c, 0)).toBe(rows.length);
        if (complete.length === 0) {
          expect(results.best).toEqual([]);
          return;
        }
        expect(results.best.map((b) => b.value)).toEqual([
          Math.max(...complete.map((t) => t.up)),
          Math.min(...complete.map((t) => t.down)),
        ]);
        for (const { objective, value: best, trial } of results.best)
          expect(rows[trial]![objective.name as "up"]).toBe(best);
        const beats = (p: Rows[number], q: Rows[number]) =>
          p.up >= q.up && p.down <= q.down && (p.up > q.up || p.down < q.down);
        const front = complete.filter((q) => !complete.some((p) => beats(p, q)));
        const sorted = (points: readonly (readonly number[])[]) =>
          points.map((p) => p.join()).sort();
        expect(sorted(results.front)).toEqual(sorted(front.map((t) => [-t.up, t.down])));
      }),
    );
  });
  it("have volumes over one reference: more points never have less", () => {
    fc.assert(
      fc.property(trials, trials, (x, y) => {
        const [a, both] = [x, [...x, ...y]].map((r) => block(r as unknown as Rows));
        const [small, large] = [a!, both!].map((b) => resultsOf(objectives, b).front);
        const volume = commonVolume(objectives, [small!, large!]);
        if ("gap" in volume) {
          expect(small!.length * large!.length).toBe(0);
          return;
        }
        const [low, high] = volume.volumes as [number, number];
        expect(high).toBeGreaterThanOrEqual(low * (1 - 1e-9));
        // Beyond every point, in the user's own directions.
        for (const [up, down] of [...small!, ...large!] as [number, number][]) {
          expect(-up).toBeGreaterThan(volume.reference[0]!);
          expect(down).toBeLessThan(volume.reference[1]!);
        }
      }),
    );
  });
});

describe("pages of trials", () => {
  it("cut anywhere and joined are the whole", () => {
    fc.assert(
      fc.property(trials, fc.nat(45), (x, at) => {
        const whole = { ...block(x as unknown as Rows), first: 0 };
        const rest = slicePage(whole, at);
        expect(rest.first).toBe(Math.min(at, whole.count));
        const start = { ...sliceBlock(whole, 0, rest.first), first: 0 };
        expect(exportJson(joinPages(start, rest))).toEqual(exportJson(whole));
      }),
    );
  });
});

describe("a note's Markdown", () => {
  it("has headings, paragraphs, lists, code, strong, emphasis and links", () => {
    expect(
      parseMarkdown("# A `b`\n\none\ntwo **three** *four*\n\n- x\n- y\n1. z\n\n```\n<b>\n```"),
    ).toEqual([
      {
        kind: "heading",
        level: 1,
        parts: [
          { kind: "text", text: "A " },
          { kind: "code", text: "b" },
        ],
      },
      {
        kind: "paragraph",
        parts: [
          { kind: "text", text: "one two " },
          { kind: "strong", parts: [{ kind: "text", text: "three" }] },
          { kind: "text", text: " " },
          { kind: "emphasis", parts: [{ kind: "text", text: "four" }] },
        ],
      },
      {
        kind: "list",
        ordered: false,
        items: [[{ kind: "text", text: "x" }], [{ kind: "text", text: "y" }]],
      },
      { kind: "list", ordered: true, items: [[{ kind: "text", text: "z" }]] },
      { kind: "code", text: "<b>" },
    ]);
  });
  it("leaves names with underscores and sums alone", () => {
    for (const text of ["latency_ms and gpu_ms", "2 * 3 * 4", "a_b_c", "** x **", "<img src=x>"])
      expect(parseInline(text)).toEqual([{ kind: "text", text }]);
  });
  it("links to the web and to this app, and to nothing that runs", () => {
    expect(parseInline("[a](https://example.org/x_y)")[0]).toMatchObject({ kind: "link" });
    expect(parseInline("[a](#/front/3)")[0]).toMatchObject({ kind: "link" });
    for (const href of ["javascript:alert(1)", "data:text/html,x", "//example.org", "file:///x"])
      expect(parseInline(`[a](${href})`)[0]).toMatchObject({ kind: "text" });
  });
  it("loses no word and ends, whatever the text", () => {
    const words = (parts: readonly Inline[]): string =>
      parts.map((p) => ("text" in p ? p.text : words(p.parts))).join("");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab *_`#-1.[]()\n".split("")) }), (text) => {
        const letters = (t: string) => t.replace(/[^ab]/g, "");
        const shown = parseMarkdown(text)
          .map((b) =>
            b.kind === "code"
              ? b.text
              : b.kind === "list"
                ? b.items.map(words).join("")
                : words(b.parts),
          )
          .join("");
        // What opens a fence names a language, which is not shown.
        if (!text.includes("```")) expect(letters(shown)).toBe(letters(text));
      }),
      { numRuns: 500 },
    );
  });
  it("is told in one line", () => {
    expect(firstLine("\n## Why\nthen")).toBe("Why");
    expect(firstLine("- item")).toBe("item");
    expect(firstLine("x".repeat(200))).toHaveLength(80);
    expect(firstLine("")).toBe("");
  });
});

it("takes a value apart into its fields", () => {
  const latency = { name: "a", kind: "latency_ms", range: [1, 2], inner: { deep: null } };
  expect(fieldsOf(latency)).toEqual([
    ["name", "a"],
    ["kind", "latency_ms"],
    ["range", "1, 2"],
    ["inner.deep", "null"],
  ]);
  expect(fieldsOf([{ name: "x", batch: 1 }])).toEqual([
    ["[x].name", "x"],
    ["[x].batch", "1"],
  ]);
  expect(fieldsOf({})).toEqual([["", "{}"]]);
});
