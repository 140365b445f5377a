import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_STUDY, readSpecFile, resolveSpec, specJsonSchema } from "../../src/study/index.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const minimal = { space: { kind: "nasbench201" }, objectives: ["accuracy", "latency_ms"] };
const parametric = {
  space: { kind: "parameters", parameters: { x: { type: "real", low: 0, high: 1 } } },
  objectives: [{ name: "loss", goal: "minimize", module: "evaluate.mjs" }],
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a study file", () => {
  it("needs a space and objectives, and gets everything else", () => {
    expect(resolveSpec(minimal)).toEqual({
      name: "nasbench201",
      space: { kind: "nasbench201", dataset: "cifar10" },
      objectives: [
        { name: "accuracy", kind: "column", settings: {} },
        {
          name: "latency_ms",
          kind: "latency_ms",
          settings: {
            device: "rtx-2080-ti",
            batch: 256,
            precision: "fp32",
            host: "eager",
            tuned: false,
          },
        },
      ],
      constraints: [],
      search: { algorithm: "exhaustive", options: {} },
      budget: {},
      seed: 1,
      workers: "auto",
    });
  });

  it("is read from YAML and from JSON alike, and takes its name from the file", () => {
    const yaml = file(
      "fast cells.yaml",
      `# a comment
space: { kind: nasbench201, dataset: cifar100 }
objectives:
  - accuracy
  - { name: latency_a100, kind: latency_ms, device: a100-80-sxm, batch: 8, precision: fp16 }
constraints: [params <= 1_000_000, "accuracy >= 9e1", { name: latency_a100, op: "<=", bound: 5 }]
search: { algorithm: nsga2, population: 20 }
budget: { evaluations: 100 }
`,
    );
    const spec = readSpecFile(yaml);
    expect(spec).toMatchObject({
      name: "fast cells",
      objectives: [
        { kind: "column" },
        { kind: "latency_ms", settings: { device: "a100-80-sxm", host: "eager" } },
      ],
      constraints: [
        { name: "params", kind: "params", op: "<=", bound: 1e6 },
        { name: "accuracy", kind: "column", op: ">=", bound: 90 },
        { name: "latency_a100", kind: "latency_ms", settings: { precision: "fp16" } },
      ],
      search: { algorithm: "nsga2", options: { population: 20, mutation: 0.9 } },
    });
    const { name: _, ...rest } = spec;
    const written = file(
      "fast.json",
      JSON.stringify({ ...minimal, name: "fast", seed: 3 }, null, 2),
    );
    expect(readSpecFile(written)).toMatchObject({ name: "fast", seed: 3 });
    expect(rest.budget).toEqual({ evaluations: 100 });
  });

  it("is stored as it was resolved, and resolves to itself again as JSON", () => {
    const spec = resolveSpec(DEFAULT_STUDY);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it("holds paths relative to its own folder", () => {
    mkdirSync(join(folder, "deep"));
    const table = { kind: "table", file: "../nets.csv" };
    const path = file(
      "deep/t.json",
      JSON.stringify({ space: table, objectives: [{ name: "acc", goal: "maximize" }] }),
    );
    expect(readSpecFile(path).space).toEqual({
      kind: "table",
      file: join(folder, "nets.csv"),
      ignore: [],
    });
    expect(resolveSpec(parametric, { folder: "/data" }).objectives[0]).toMatchObject({
      kind: "module",
      settings: { module: "/data/evaluate.mjs" },
    });
  });

  it("takes latency_ms of a table for its column, not for a prediction", () => {
    const spec = resolveSpec({
      space: { kind: "table", file: "a.csv" },
      objectives: ["latency_ms"],
    });
    expect(spec.objectives[0]).toEqual({ name: "latency_ms", kind: "column", settings: {} });
  });
});

describe("a mistake in a study file", () => {
  const cases: readonly (readonly [what: string, change: object, message: RegExp])[] = [
    [
      "an unknown key",
      { serach: {} },
      /^s\.yaml: unknown key 'serach'\ndid you mean 'search'\? allowed: .*name, space/,
    ],
    ["a missing space", { space: undefined }, /^s\.yaml: space: is missing/],
    [
      "an unknown space",
      { space: { kind: "nasbench101" } },
      /^s\.yaml: space\.kind: 'nasbench101' is not allowed here\ndid you mean 'nasbench201'\?/,
    ],
    [
      "an unknown key of the space",
      { space: { kind: "nasbench201", data: "cifar10" } },
      /^s\.yaml: space: unknown key 'data'\n.*allowed: kind, dataset/,
    ],
    [
      "an unknown data set",
      { space: { kind: "nasbench201", dataset: "cifar01" } },
      /space\.dataset: 'cifar01' .*\ndid you mean 'cifar10'/s,
    ],
    ["no objectives", { objectives: [] }, /objectives: \[\] must have at least 1 entries/],
    [
      "a goal in another spelling",
      { objectives: [{ name: "accuracy", goal: "maximise" }] },
      /^s\.yaml: objectives\[0\]\.goal: 'maximise' is not allowed here\ndid you mean 'maximize'\? allowed: minimize, maximize$/,
    ],
    [
      "a setting of the wrong kind",
      { objectives: ["accuracy", { name: "latency_ms", bacth: 3 }] },
      /^s\.yaml: objectives\[1\]: unknown key 'bacth'\ndid you mean 'batch'\?/,
    ],
    [
      "a precision that is none",
      { objectives: [{ name: "latency_ms", precision: "fp23" }] },
      /objectives\[0\]\.precision: 'fp23' .*\ndid you mean 'fp32'/s,
    ],
    [
      "a batch of zero",
      { objectives: [{ name: "latency_ms", batch: 0 }] },
      /objectives\[0\]\.batch: 0 must be at least 1/,
    ],
    ["text for a number", { seed: "one" }, /^s\.yaml: seed: 'one' is a string, expected a number/],
    [
      "two objectives of one name",
      { objectives: ["accuracy", "accuracy"] },
      /objectives\[1\]\.name: 'accuracy': is the name of objectives\[0\] too/,
    ],
    [
      "a constraint without a bound",
      { constraints: ["params <"] },
      /constraints\[0\]: 'params <': write it as `params <= 1000000`/,
    ],
    [
      "an unknown algorithm",
      { search: { algorithm: "nsga3" } },
      /search\.algorithm: 'nsga3' .*\ndid you mean 'nsga2'/s,
    ],
    [
      "an unknown option",
      { search: { algorithm: "nsga2", popsize: 3 } },
      /search: unknown key 'popsize'\n.*population/,
    ],
    [
      "an option out of range",
      { search: { algorithm: "nsga2", population: 1 } },
      /search\.population: 1 must be at least 2/,
    ],
    ["a reference of no objective", { reference: { acuracy: 0, latency_ms: 9 } }, /reference/],
    ["workers that are no number", { workers: "all" }, /workers: .*'all'/],
    [
      "a space that is text",
      { space: "nasbench201" },
      /space: 'nasbench201' is a string, expected an object/,
    ],
  ];

  it.each(cases)("%s is named with its path and value", async (_, change, message) => {
    const given = { ...minimal, ...change };
    expect(await userError(() => resolveSpec(given, { origin: "s.yaml" }))).toMatch(message);
  });

  it("in the YAML itself is named with its line", async () => {
    const path = file("broken.yaml", "space:\n  kind: [nasbench201\nobjectives: 3\n");
    expect(await userError(() => readSpecFile(path))).toMatch(/broken\.yaml: .* at line \d+/);
    const twice = file("twice.yaml", "seed: 1\nseed: 2\n");
    expect(await userError(() => readSpecFile(twice))).toMatch(/unique.*line 2/);
  });

  it("is a file that is missing, empty, or not a mapping", async () => {
    expect(await userError(() => readSpecFile(join(folder, "none.yaml")))).toMatch(
      /none\.yaml cannot be read: ENOENT/,
    );
    expect(await userError(() => readSpecFile(file("empty.yaml", "")))).toMatch(/empty\.yaml/);
    expect(await userError(() => readSpecFile(file("list.yaml", "- a\n- b\n")))).toMatch(
      /is an array, expected an object|is a list, expected an object/,
    );
  });

  it("is aliases that would blow up", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(await userError(() => readSpecFile(file("bomb.yaml", lines.join("\n"))))).toMatch(
      /bomb\.yaml: .*alias/i,
    );
  });

  it("is numbers that no one can mean, several documents, or a name that cannot be shown", async () => {
    const base = { space: { kind: "nasbench201" }, objectives: ["accuracy"] };
    const error = (more: object) => userError(() => resolveSpec({ ...base, ...more }));
    expect(await error({ reference: { accuracy: Number.POSITIVE_INFINITY } })).toMatch(
      /reference\.accuracy: Infinity is not a finite number/,
    );
    const seed = await error({ seed: 2 ** 53 + 4 });
    expect(seed).toMatch(/seed: the number is beyond ±9007199254740991/);
    expect(seed).not.toContain(String(2 ** 53 + 4));
    expect(await error({ name: "bell\u0007" })).toMatch(/name: .*control characters/);
    expect(await error({ objectives: ["__proto__"] })).toMatch(/objectives\[0\]\.name.*__proto__/);
    const several = file("several.yaml", "space: { kind: nasbench201 }\n---\na: 1\n");
    expect(await userError(() => readSpecFile(several))).toMatch(
      /several\.yaml: holds more than one YAML document\n.*---/,
    );
  });

  it("of a parameter is named too", async () => {
    const wrong = { x: { type: "integer", low: 0.5, high: 1 } };
    const space = { kind: "parameters", parameters: wrong };
    expect(await userError(() => resolveSpec({ ...parametric, space }))).toMatch(
      /space\.parameters\.x\.low: 0\.5/,
    );
    const typed = {
      ...parametric,
      space: { kind: "parameters", parameters: { x: { type: "int" } } },
    };
    expect(await userError(() => resolveSpec(typed))).toMatch(/space\.parameters\.x\.type/);
  });
});

describe("the JSON Schema", () => {
  it("describes every key, with one alternative for each kind", () => {
    const schema = specJsonSchema() as {
      required: string[];
      additionalProperties: boolean;
      properties: Record<string, { anyOf?: { properties?: { kind?: { const?: string } } }[] }>;
    };
    expect(schema.required.sort()).toEqual(["objectives", "space"]);
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(["name", "space", "objectives", "constraints", "search", "budget"]),
    );
    const kinds = schema.properties.space!.anyOf!.map((s) => s.properties!.kind!.const);
    expect(kinds).toEqual(["nasbench201", "table", "zoo", "morphism", "dynamic", "parameters"]);
    expect(JSON.stringify(schema)).toContain("crossoverEta");
    expect(JSON.stringify(schema)).toContain("images in a batch");
  });
});
