import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { blockOf, type TrialRow } from "../../src/study/block.ts";
import {
  buildProblem,
  exportCsv,
  exportJson,
  openReader,
  resolveSpec,
  resultOf,
  runStudy,
  trialAt,
} from "../../src/study/index.ts";
import { sharedPath } from "../shared.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
let files = 0;
function file(text: string | Uint8Array, ending = ".csv"): string {
  const path = join(folder, `table-${files++}${ending}`);
  writeFileSync(path, text);
  return path;
}

const study = (path: string, extra: object = {}) =>
  resolveSpec({
    space: { kind: "table", file: path },
    objectives: [
      { name: "accuracy", goal: "maximize" },
      { name: "latency_ms", goal: "minimize" },
    ],
    ...extra,
  });

const CSV = `name,width,depth,op,se,accuracy,latency_ms
small,0.5,8,conv,true,90.1,1.5
medium,0.75,12,conv,false,92.4,2.25
large,1,12,mbconv,false,93.0,4
waste,1,16,mbconv,true,92.9,6e0
`;

async function designs(path: string, extra: object = {}) {
  const problem = await buildProblem(study(path, extra));
  const { space, notes } = problem;
  const all = Array.from({ length: space.size }, (_, i) => space.at(i));
  return { space, all, values: await problem.evaluate(all, 0), notes };
}

describe("a table of measured designs", () => {
  it("is a space of its rows, with typed parameters", async () => {
    const { space, all, values } = await designs(file(CSV));
    expect(all).toEqual([
      { name: "small", width: 0.5, depth: 8, op: "conv", se: true },
      { name: "medium", width: 0.75, depth: 12, op: "conv", se: false },
      { name: "large", width: 1, depth: 12, op: "mbconv", se: false },
      { name: "waste", width: 1, depth: 16, op: "mbconv", se: true },
    ]);
    expect(values[1]).toEqual({ accuracy: 92.4, latency_ms: 2.25 });
    expect(space.describe(all[2]!)).toBe("large");
    expect(() => space.check(all[3]!)).not.toThrow();
    expect(await userError(() => space.check({ ...all[3]!, depth: 9 }))).toMatch(/no row/);
  });

  it("runs to its front", async () => {
    const store = join(folder, "front.db");
    await runStudy(study(file(CSV)), { store });
    const reader = openReader(store);
    const { front } = resultOf(reader.study(1), reader.trials(1));
    reader.close();
    expect(front.map((f) => f.design.name)).toEqual(["large", "medium", "small"]);
  });

  it.each([
    ["semicolons", CSV.replaceAll(",", ";"), ".csv"],
    ["tabs", CSV.replaceAll(",", "\t"), ".tsv"],
    ["Windows line ends and a byte order mark", `\uFEFF${CSV.replaceAll("\n", "\r\n")}`, ".csv"],
    ["blank lines", CSV.replaceAll("\n", "\n\n"), ".csv"],
    ["quotes", CSV.replaceAll("small", '"small"').replaceAll("name", '"name"'), ".csv"],
    ["gzip", gzipSync(CSV), ".csv.gz"],
    [
      "JSON",
      JSON.stringify([
        {
          name: "small",
          width: 0.5,
          depth: 8,
          op: "conv",
          se: true,
          accuracy: 90.1,
          latency_ms: 1.5,
        },
        {
          name: "medium",
          width: 0.75,
          depth: 12,
          op: "conv",
          se: false,
          accuracy: 92.4,
          latency_ms: 2.25,
        },
        {
          name: "large",
          width: 1,
          depth: 12,
          op: "mbconv",
          se: false,
          accuracy: 93,
          latency_ms: 4,
        },
        {
          name: "waste",
          width: 1,
          depth: 16,
          op: "mbconv",
          se: true,
          accuracy: 92.9,
          latency_ms: 6,
        },
      ]),
      ".json",
    ],
  ])("may have %s", async (_, text, ending) => {
    const plain = await designs(file(CSV));
    const other = await designs(file(text, ending));
    expect(other.all).toEqual(plain.all);
    expect(other.values).toEqual(plain.values);
  });

  it("moves only between rows, deterministically", async () => {
    const { space, all } = await designs(file(CSV));
    const keys = new Set(all.map((d) => space.key(d)));
    const walk = (seed: number) => {
      const rng = stream(seed, "walk");
      let at = space.sample(rng);
      const seen = new Set<string>();
      for (let i = 0; i < 200; i++) {
        const next = space.mutate(at, rng);
        expect(next).not.toEqual(at);
        for (const child of space.crossover(at, next, rng))
          expect(keys).toContain(space.key(child));
        at = next;
        expect(keys).toContain(space.key(at));
        seen.add(space.key(at));
      }
      return [...seen];
    };
    expect(walk(1)).toEqual(walk(1));
    expect(walk(2)).toHaveLength(4);
  });

  it("takes numbers of rows for names, and drops rows that repeat", async () => {
    const { all, notes } = await designs(
      file("idx,width,accuracy,latency_ms\n7,1,90,1\n8,2,91,2\n9,2,91,2\n"),
    );
    expect(all).toEqual([
      { idx: 7, width: 1 },
      { idx: 8, width: 2 },
    ]);
    expect(notes.join()).toMatch(/1 repeated rows/);
  });

  it("keeps a column that nothing but a constraint names, where designs need it", async () => {
    const needed = "width,energy,accuracy,latency_ms\n1,3,90,1\n1,4,91,2\n";
    const constraints = ["energy <= 3.5"];
    expect((await designs(file(needed), { constraints })).all).toEqual([
      { width: 1, energy: 3 },
      { width: 1, energy: 4 },
    ]);
    const measured = "width,energy,accuracy,latency_ms\n1,3,90,1\n2,4,91,2\n";
    const { all, values } = await designs(file(measured), { constraints });
    expect(all).toEqual([{ width: 1 }, { width: 2 }]);
    expect(values[1]).toEqual({ accuracy: 91, latency_ms: 2, energy: 4 });
  });

  it("takes blank parameters for inactive ones", async () => {
    const { all } = await designs(
      file("kind,ratio,unused,accuracy,latency_ms\nse,0.25,,90,1\nplain,,,91,2\n"),
    );
    expect(all).toEqual([{ kind: "se", ratio: 0.25 }, { kind: "plain" }]);
  });

  it.each([
    [
      "NaN",
      "w,accuracy,latency_ms\n1,NaN,2\n",
      /row 2, column accuracy: 'NaN' is not a finite number/,
    ],
    [
      "infinity",
      "w,accuracy,latency_ms\n1,3,2\n2,3,inf\n",
      /row 3, column latency_ms: 'inf' is not/,
    ],
    ["an overflow", "w,accuracy,latency_ms\n1,3,1e999\n", /row 2, column latency_ms: '1e999'/],
    ["a blank", "w,accuracy,latency_ms\n1,3,2\n\n2,,1\n", /row 4, column accuracy: is blank/],
    ["text", "w,accuracy,latency_ms\n1,n/a,2\n", /row 2, column accuracy: 'n\/a' is not/],
    ["hexadecimal", "w,accuracy,latency_ms\n1,0x10,2\n", /column accuracy: '0x10'/],
    [
      "a decimal comma",
      "w;accuracy;latency_ms\n1;90,5;2\n",
      /'90,5' is not a finite number\n.*point/,
    ],
    ["a column twice", "w,accuracy,w,latency_ms\n1,2,3,4\n", /columns 1 and 3 are both called 'w'/],
    ["a short row", "w,accuracy,latency_ms\n1,2,3\n1,2\n", /row 3 has 2 fields, the header 3/],
    ["a long row", "w,accuracy,latency_ms\n1,2,3,4\n", /row 2 has 4 fields, the header 3/],
    ["an open quote", 'w,accuracy,latency_ms\n"1,2,3\n', /row 2: .*[Qq]uote/],
    [
      "one design with two values",
      "w,accuracy,latency_ms\n1,90,3\n2,91,3\n1,92,3\n",
      /rows 2 and 4 are the same design, but column accuracy has 90 and 92/,
    ],
    ["no rows", "w,accuracy,latency_ms\n", /has no rows/],
    ["nothing at all", "", /has no rows|has no column/],
    ["objectives only", "accuracy,latency_ms\n1,2\n", /no column besides the objectives/],
    [
      "no such objective",
      "w,acuracy,latency_ms\n1,2,3\n",
      /has no column 'accuracy'\ndid you mean 'acuracy'\? it has w, acuracy/,
    ],
  ])("with %s is refused, saying where", async (_, text, message) => {
    expect(await userError(() => designs(file(text)))).toMatch(message);
  });

  it.each([
    ["broken JSON", "[{", /no valid JSON/],
    ["JSON of something else", '{"nodes": []}', /no list of designs/],
    ["nested values", '[{"w": [1], "accuracy": 1, "latency_ms": 1}]', /entry 0: w is no number/],
    [
      "null for a value",
      '[{"w": 1, "accuracy": null, "latency_ms": 1}]',
      /column accuracy: is blank/,
    ],
  ])("as %s is refused", async (_, text, message) => {
    expect(await userError(() => designs(file(text, ".json")))).toMatch(message);
  });

  it("is refused where an ignored column is an objective, or does not exist", async () => {
    const space = (ignore: string[]) => ({ space: { kind: "table", file: file(CSV), ignore } });
    expect(await userError(() => designs("", space(["accuracy"])))).toMatch(
      /is ignored, and an objective/,
    );
    expect(await userError(() => designs("", space(["detph"])))).toMatch(
      /no column 'detph'\ndid you mean 'depth'/,
    );
    expect((await designs("", space(["op", "se"]))).all[0]).toEqual({
      name: "small",
      width: 0.5,
      depth: 8,
    });
  });
});

describe("an export", () => {
  const scalar = fc.oneof(
    fc.integer({ min: -50, max: 50 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const word = fc.stringMatching(/^[a-z"|~,;é][a-z0-9"|~,;\n]*[a-z"|]$/);
  const row: fc.Arbitrary<TrialRow> = fc.record({
    state: fc.constant("complete" as const),
    design: fc.record({ width: scalar, op: word, wide: fc.boolean() }),
    values: fc.record({ accuracy: scalar, latency_ms: scalar }),
  });
  const trials = fc.uniqueArray(row, {
    minLength: 1,
    maxLength: 30,
    selector: (r) => JSON.stringify([(r.design.width as number) + 0, r.design.op, r.design.wide]),
  });

  it("reads back as the same designs and values, from CSV and from JSON", async () => {
    await fc.assert(
      fc.asyncProperty(trials, async (given) => {
        const failed: TrialRow = {
          state: "failed",
          design: { width: 9 },
          values: {},
          error: 'a "b",\nc',
        };
        const block = blockOf([...given, failed]);
        const expected = given.map((r) => [
          { ...r.design, width: (r.design.width as number) + 0 },
          { accuracy: (r.values.accuracy ?? 0) + 0, latency_ms: (r.values.latency_ms ?? 0) + 0 },
        ]);
        for (const path of [
          file([...exportCsv(block)].join("")),
          file(JSON.stringify(exportJson(block)), ".json"),
        ]) {
          const { all, values } = await designs(path);
          const plain = values.map((v) =>
            v instanceof Error ? v : { accuracy: v.accuracy! + 0, latency_ms: v.latency_ms! + 0 },
          );
          expect(all.map((d, i) => [{ ...d }, plain[i]])).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("of a study has the front of that study", async () => {
    const store = join(folder, "export.db");
    const first = resolveSpec({
      space: { kind: "nasbench201" },
      objectives: ["accuracy", { name: "latency_ms", kind: "column", column: "lat_ms_eyeriss" }],
      search: "random",
      budget: { evaluations: 400 },
    });
    await runStudy(first, { store });
    const reader = openReader(store);
    const block = reader.trials(1);
    const before = resultOf(reader.study(1), block);
    const csv = file([...exportCsv(block)].join(""));
    await runStudy(study(csv, { name: "again" }), { store });
    const again = reader.trials(2);
    const after = resultOf(reader.study("again"), again);
    reader.close();
    expect(again.count).toBe(400);
    expect(after.hypervolume).toBe(before.hypervolume);
    expect(after.front.map((f) => [f.design, f.values])).toEqual(
      before.front.map((f) => [f.design, f.values]),
    );
    expect(trialAt(again, 17).design).toEqual(trialAt(block, 17).design);
  });
});

describe("cells whose digits are more than a number", () => {
  it("are text as they stand", async () => {
    const csv = `code,big,exact,minus,accuracy,latency_ms
007,9007199254740993,9007199254740991,-0,1,2
7,99999999999999999999,-12,0.50,3,4
`;
    const { all } = await designs(file(csv));
    expect(all).toEqual([
      { code: "007", big: "9007199254740993", exact: 9007199254740991, minus: 0 },
      { code: "7", big: "99999999999999999999", exact: -12, minus: 0.5 },
    ]);
  });

  it("are found again among more values than are walked through", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `n${i % 50},${i},${i},${i}`);
    const path = file(["kind,size,accuracy,latency_ms", ...lines].join("\n"));
    const { space } = await buildProblem(study(path));
    const rng = stream(1, "crossover");
    for (let i = 0; i < 50; i++) {
      expect(space.crossover(space.at(i), space.at(i), rng)).toEqual([space.at(i), space.at(i)]);
    }
  });
});

describe("a column called __proto__", () => {
  it("is refused, for a record cannot hold it", async () => {
    const path = file("__proto__,constructor,accuracy,latency_ms\na,b,1,2\n");
    expect(await userError(() => designs(path))).toMatch(/column 1 is called '__proto__'\nrename/);
    const json = file('[{"__proto__": "a", "op": "b", "accuracy": 1, "latency_ms": 2}]', ".json");
    expect(await userError(() => designs(json))).toMatch(/'__proto__'/);
  });
});

describe("published tables", () => {
  it("are spaces as they are: Accel-NASBench on ImageNet", async ({ skip }) => {
    const path = sharedPath("data/nas/accel_nasbench_imagenet.csv.gz");
    if (!path) return skip("the shared data is not there");
    const lines = gunzipSync(readFileSync(path)).toString().trim().split("\n").slice(1);
    const spec = resolveSpec({
      space: { kind: "table", file: path, ignore: ["val_top5", "train_time_s"] },
      objectives: [{ name: "val_top1", goal: "maximize" }, { name: "params_m" }],
    });
    const problem = await buildProblem(spec);
    const { space } = problem;
    expect(space.size).toBe(lines.length);
    const cells = lines[4321]!.split(",");
    // Digits that encode a choice for each stage are text, not numbers: zeros lead.
    expect(space.at(4321)).toMatchObject({ id: Number(cells[0]), se: cells[4] });
    expect(await problem.evaluate([space.at(4321)], 0)).toEqual([
      { val_top1: Number(cells[5]), params_m: Number(cells[9]) },
    ]);
  });
});
