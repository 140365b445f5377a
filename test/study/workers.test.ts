/** Worker threads, of the built package: same trials, clear ends. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_STUDY,
  openReader,
  resolveSpec,
  resumeStudy,
  runStudy,
} from "../../src/study/index.ts";
import { encodeBlock } from "../../src/study/store/codec.ts";
import { built, temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const workerUrl = pathToFileURL(built("study/worker.js"));

function bytesOf(store: string): Buffer {
  const reader = openReader(store);
  const bytes = encodeBlock(reader.trials(1));
  reader.close();
  return bytes;
}

function own(body: string) {
  const module = join(folder, "evaluate.mjs");
  writeFileSync(module, body);
  return resolveSpec({
    name: "own",
    space: { kind: "parameters", parameters: { x: { type: "integer", low: 0, high: 39 } } },
    objectives: [{ name: "y", goal: "minimize", module }],
    workers: 2,
    batch: 8,
  });
}

describe("worker threads", () => {
  it.each([
    ["exhaustive", {}],
    ["nsga2", { population: 50 }],
  ])("give the trials that the main thread gives: %s", async (algorithm, options) => {
    const spec = resolveSpec({
      ...DEFAULT_STUDY,
      objectives: [...DEFAULT_STUDY.objectives, "flops"],
      search: { algorithm, ...options },
      budget: { evaluations: 150 },
    });
    const stores = [0, 1, 2].map((workers) => join(folder, `${algorithm}-${workers}.db`));
    for (const [workers, store] of stores.entries()) {
      const run = await runStudy(spec, { store, workers, workerUrl });
      expect(run).toMatchObject({ workers, trials: 150, counts: { complete: 150 } });
    }
    const [none, one, two] = stores.map(bytesOf);
    expect(one).toEqual(none);
    expect(two).toEqual(none);
  });

  it("are started where what is left takes long, and change nothing", async () => {
    const vary = { width: { type: "real", low: 0.5, high: 2 } };
    const spec = resolveSpec({
      space: { kind: "zoo", network: "resnet50", vary },
      objectives: ["params", { name: "latency_ms", device: "a100-80-sxm" }],
      search: "random",
      budget: { evaluations: 1_000_000 },
      batch: 50,
    });
    // A million would take an hour; the run is stopped soon after the threads have started.
    const auto = join(folder, "zoo-auto.db");
    const abort = new AbortController();
    const run = await runStudy(spec, {
      store: auto,
      workerUrl,
      signal: abort.signal,
      onProgress: (p) => {
        if (p.elapsedMs > 1500) abort.abort();
      },
    });
    expect(run.workers).toBeGreaterThan(0);
    const none = join(folder, "zoo-0.db");
    const budget = { evaluations: run.trials };
    await runStudy({ ...spec, budget }, { store: none, workers: 0, workerUrl });
    expect(bytesOf(auto)).toEqual(bytesOf(none));
  });

  it("fail a trial for what its design throws", async () => {
    const store = join(folder, "throws.db");
    const spec = own(`export const evaluate = ({ x }) => {
      if (x % 10 === 3) throw new Error("no such width " + x);
      return { y: x };
    };`);
    const run = await runStudy(spec, { store, workerUrl });
    expect(run.counts).toEqual({ complete: 36, infeasible: 0, pruned: 0, failed: 4 });
    const reader = openReader(store);
    expect([...reader.trials(1).errors]).toEqual(
      [3, 13, 23, 33].map((x) => [x, `no such width ${x}`]),
    );
    reader.close();
  });

  it("that crash are reported, and the study goes on where it was", async () => {
    const store = join(folder, "crash.db");
    const spec = own(`export const evaluate = ({ x }) => {
      if (x === 20) process.exit(7);
      return { y: x };
    };`);
    expect(await userError(() => runStudy(spec, { store, workerUrl }))).toMatch(
      /a worker thread crashed: it ended with code 7\n.*resume/s,
    );
    const reader = openReader(store);
    expect(reader.study(1)).toMatchObject({ state: "interrupted", trials: 16, owner: null });
    reader.close();
    own("export const evaluate = async ({ x }) => ({ y: x });");
    const again = await resumeStudy(1, { store, workerUrl });
    expect(again).toMatchObject({ state: "finished", trials: 40, added: 24 });
  });

  it("that end with an error nobody caught are reported with it", async () => {
    const store = join(folder, "uncaught.db");
    const spec = own(`export const evaluate = ({ x }) => new Promise((resolve) => {
      if (x === 5) setTimeout(() => { throw new Error("gone wrong"); }, 1);
      else resolve({ y: x });
    });`);
    expect(await userError(() => runStudy(spec, { store, workerUrl }))).toMatch(
      /crashed: gone wrong/,
    );
  });

  it("fail a design whose result throws as it is read, and say what object was thrown", async () => {
    const store = join(folder, "getter.db");
    const spec = own(`export const evaluate = ({ x }) => {
      if (x === 4) return { get y() { throw new Error("no y"); } };
      if (x === 5) throw { code: 7 };
      if (x === 6) throw null;
      return { y: x };
    };`);
    await runStudy(spec, { store, workerUrl });
    const reader = openReader(store);
    expect([...reader.trials(1).errors]).toEqual([
      [4, "no y"],
      [5, "{ code: 7 }"],
      [6, "null"],
    ]);
    reader.close();
  });

  it("that never answer lose their batch alone when the run is stopped", async () => {
    const store = join(folder, "never.db");
    const spec = own(
      "export const evaluate = ({ x }) => (x < 12 ? { y: x } : new Promise(() => {}));",
    );
    const abort = new AbortController();
    const run = await runStudy(spec, {
      store,
      workerUrl,
      signal: abort.signal,
      patienceMs: 50,
      onProgress: () => abort.abort(),
    });
    expect(run).toMatchObject({ state: "interrupted", trials: 8 });
    own("export const evaluate = ({ x }) => ({ y: x });");
    const again = await resumeStudy(1, { store, workerUrl });
    expect(again).toMatchObject({ state: "finished", trials: 40 });
  });

  it("evaluate a module even where no threads are asked for, and leave no study if it ends them", async () => {
    const store = join(folder, "exits.db");
    const spec = own("process.exit(0);");
    expect(await userError(() => runStudy(spec, { store, workerUrl, workers: 0 }))).toMatch(
      /as it started: it ended with code 0\n.*process\.exit/,
    );
    expect(existsSync(store)).toBe(false);
    own("setInterval(() => {}, 1000); export const evaluate = ({ x }) => ({ y: x });");
    expect(await runStudy(spec, { store, workerUrl, workers: 0 })).toMatchObject({ workers: 1 });
  });
});
