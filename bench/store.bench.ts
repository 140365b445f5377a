// The study store: 100,000 trials stored and listed, and trials committed one by one.
// `npx vitest bench --run bench/store.bench.ts --outputJson bench/results/store.json`
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, bench, describe } from "vitest";
import { blockOf, openReader, openWriter, resultOf, type TrialBlock } from "../src/study/index.ts";
import { loadNasBench201 } from "../src/study/spaces/nasbench201-table.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const OPERATORS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];
const EDGES = ["e01", "e02", "e12", "e03", "e13", "e23"];

/** Trials as NAS-Bench-201's: six categories, two real numbers. Cosines are as good as noise here. */
const trials = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    state: "complete" as const,
    design: Object.fromEntries(EDGES.map((e, k) => [e, OPERATORS[((first + i) >> k) % 5]!])),
    values: {
      accuracy: 50 + 40 * Math.cos(first + i),
      latency_ms: 5 + 4 * Math.cos(7 * (first + i)),
    },
  }));
const study = {
  name: "bench",
  spec: {},
  meta: {
    objectives: [
      { name: "accuracy", unit: "%", goal: "maximize" as const, stage: 0 },
      { name: "latency_ms", unit: "ms", goal: "minimize" as const, stage: 0 },
    ],
    constraints: [],
    notes: [],
    size: null,
  },
};

const TRIALS = 100_000;
const BATCH = 500;
const batches = Array.from({ length: TRIALS / BATCH }, (_, b) => trials(b * BATCH, BATCH));

function fill(path: string): void {
  const writer = openWriter(path);
  const owned = writer.create(study);
  batches.forEach((rows, b) => {
    owned.append(blockOf(rows), { told: (b + 1) * BATCH });
  });
  owned.release("finished");
  writer.close();
}

function list(path: string): TrialBlock {
  const reader = openReader(path);
  const block = reader.trials(reader.study("bench").id);
  reader.close();
  if (block.count !== TRIALS) throw new Error(`${block.count} trials listed`);
  return block;
}

const options = { time: 0, iterations: 7, warmupIterations: 1, warmupTime: 0 };

describe("100,000 trials", () => {
  const full = join(folder, "full.db");
  fill(full);
  bench(`store, in batches of ${BATCH}`, () => fill(join(folder, `fill-${files++}.db`)), options);
  bench("list", () => void list(full), options);
  bench(
    "list, with front and hypervolume",
    () => void resultOf({ ...study.meta, spec: {} }, list(full)),
    options,
  );
});

describe("1,000 trials", () => {
  const rows = trials(0, 1000).map((row) => [row]);
  bench(
    "store, each synced to disk",
    () => {
      const writer = openWriter(join(folder, `single-${files++}.db`));
      const owned = writer.create(study);
      rows.forEach((row, i) => {
        owned.append(blockOf(row), { told: i + 1 });
      });
      owned.release("finished");
      writer.close();
    },
    options,
  );
});

describe("NAS-Bench-201's table", () => {
  bench("load two columns", () => void loadNasBench201(["c10_test_e200", "params"]), options);
});
