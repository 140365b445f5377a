/** Killed with no warning, by real processes: nothing is lost but the batch under way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/base/rng.ts";
import {
  openReader,
  resolveSpec,
  resumeStudy,
  runStudy,
  type StudySpec,
} from "../../src/study/index.ts";
import { encodeBlock } from "../../src/study/store/codec.ts";
import { built, temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/**
 * Takes a little time for each design, so that a kill can come in its middle; and after
 * STUDY_HOLD designs holds on for ever, so that no process ends before it is killed.
 */
const slow = join(folder, "slow.mjs");
writeFileSync(
  slow,
  `import { writeFileSync } from "node:fs";
   const hold = Number(process.env.STUDY_HOLD ?? Infinity);
   let done = 0;
   export async function evaluate({ x, y }) {
     if (++done > hold) {
       writeFileSync(process.env.STUDY_HELD, "");
       await new Promise(() => {});
     }
     await new Promise((resolve) => setTimeout(resolve, 1));
     if (x > 0.9) throw new Error("too wide");
     return { a: x * x + y, b: (x - 1) ** 2 - y };
   }`,
);
const spec = (search: object, workers: number, evaluations: number): StudySpec =>
  resolveSpec({
    name: "killed",
    space: {
      kind: "parameters",
      parameters: {
        x: { type: "real", low: 0, high: 1 },
        y: { type: "integer", low: 0, high: 99 },
        z: { type: "categorical", values: ["p", "q"], when: { y: [1, 2, 3] } },
      },
    },
    objectives: [
      { name: "a", goal: "minimize", module: slow },
      { name: "b", goal: "minimize", module: slow },
    ],
    constraints: ["a <= 95"],
    search,
    budget: { evaluations },
    seed: 11,
    batch: 6,
    workers,
  });

function start(store: string, what: StudySpec | "resume", environment = {}): ChildProcess {
  const argument = what === "resume" ? what : JSON.stringify(what);
  return spawn(process.execPath, [CHILD, store, argument], {
    env: {
      ...process.env,
      ...environment,
      STUDY_MODULE: pathToFileURL(built("study/index.js")).href,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Until the study has more than `trials`, and `delay` ms on; the child may end before. */
async function until(child: ChildProcess, trials: number, delay: number): Promise<void> {
  const ended = once(child, "exit");
  const far = new Promise<void>((resolve) => {
    child.stdout!.on("data", (data: Buffer) => {
      if (
        data
          .toString()
          .split("\n")
          .some((line) => Number(line) > trials)
      )
        resolve();
    });
  });
  await Promise.race([ended, far]);
  await new Promise((resolve) => setTimeout(resolve, delay));
}

async function appears(path: string, child: ChildProcess): Promise<void> {
  while (!existsSync(path)) {
    expect(child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function stored(store: string) {
  const reader = openReader(store);
  const study = reader.study(1);
  const bytes = encodeBlock(reader.trials(1));
  reader.close();
  return { study, bytes };
}

const TRIALS = 300;
const ROUNDS = 5;

describe("a study killed with SIGKILL, again and again", () => {
  it.each([
    ["nsga2, in one thread", { algorithm: "nsga2", population: 16 }, 1],
    ["nsga2, in two threads", { algorithm: "nsga2", population: 16 }, 2],
    ["regularized evolution", { algorithm: "regularized-evolution", population: 16, sample: 4 }, 1],
    ["random", { algorithm: "random" }, 1],
  ] as const)(
    "has the trials of one that was not: %s",
    async (name, search, workers) => {
      const whole = join(folder, `${name}-whole.db`);
      await runStudy(spec(search, 1, TRIALS), { store: whole });
      const expected = stored(whole);

      const store = join(folder, `${name}-killed.db`);
      const rng = stream(5, name);
      let seen = 0;
      for (let round = 0; round < ROUNDS; round++) {
        // Two batches of 6 at least, and all rounds and threads together fewer than the study has.
        const hold = 13 + rng.int(15);
        const held = join(folder, `${name}-held-${round}`);
        const child = start(store, round === 0 ? spec(search, workers, TRIALS) : "resume", {
          STUDY_HOLD: String(hold),
          STUDY_HELD: held,
        });
        // Killed as it holds in the middle of a batch, or at any moment after its first one.
        if (round % 2 === 0) await appears(held, child);
        else await until(child, seen, rng.int(60));
        const ended = once(child, "exit");
        expect(child.exitCode).toBeNull();
        child.kill("SIGKILL");
        expect((await ended)[1]).toBe("SIGKILL");
        const { study } = stored(store);
        expect(study.trials).toBeGreaterThan(seen);
        expect(study.trials).toBeLessThan(TRIALS);
        // Its process could not say so.
        expect(study).toMatchObject({ state: "interrupted", owner: { pid: child.pid } });
        seen = study.trials;
      }
      const last = await resumeStudy(1, { store, workers: 1 });
      expect(last).toMatchObject({ state: "finished", trials: TRIALS });
      const found = stored(store);
      expect(found.bytes).toEqual(expected.bytes);
      expect(found.study).toMatchObject({
        trials: TRIALS,
        failed: expected.study.failed,
        owner: null,
      });
    },
    60_000,
  );
});

describe("a study that another process is running", () => {
  it("can be looked at all the time, and not be run a second time", async () => {
    const store = join(folder, "busy.db");
    const child = start(store, spec({ algorithm: "random" }, 0, 240));
    const ended = once(child, "exit");
    await until(child, 0, 0);
    const reader = openReader(store);
    const counts: number[] = [];
    while (child.exitCode === null) {
      const study = reader.study("killed");
      const block = reader.trials(study.id);
      // The trials may be ahead of the row that was read before them, never behind.
      expect(block.count).toBeGreaterThanOrEqual(study.trials);
      counts.push(block.count);
      if (counts.length === 3) {
        expect(await userError(() => resumeStudy(1, { store, workers: 0 }))).toMatch(
          new RegExp(`'killed' is being run by process ${child.pid}\\n.*front.*meanwhile`),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [code] = await ended;
    expect(code).toBe(0);
    expect(counts.length).toBeGreaterThan(5);
    expect(new Set(counts).size).toBeGreaterThan(3);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(reader.study(1)).toMatchObject({ state: "finished", trials: 240, owner: null });
    reader.close();
    const { bytes } = stored(store);
    const alone = join(folder, "alone.db");
    await runStudy(spec({ algorithm: "random" }, 0, 240), { store: alone });
    expect(bytes).toEqual(stored(alone).bytes);
  });

  it("shares the store with studies of other processes", async () => {
    const store = join(folder, "shared.db");
    const children = [1, 2, 3].map((seed) =>
      start(store, { ...spec({ algorithm: "random" }, 0, 60), seed, name: `s${seed}` }),
    );
    const errors = children.map(async (child) => {
      let text = "";
      child.stderr!.on("data", (data: Buffer) => {
        text += data.toString();
      });
      await once(child, "exit");
      return text;
    });
    expect(await Promise.all(errors)).toEqual(["", "", ""]);
    const reader = openReader(store);
    expect(
      reader
        .studies()
        .map((s) => `${s.name} ${s.trials} ${s.state}`)
        .sort(),
    ).toEqual(["s1 60 finished", "s2 60 finished", "s3 60 finished"]);
    reader.close();
  });
});
