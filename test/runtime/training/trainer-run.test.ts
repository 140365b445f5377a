import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChildPool } from "../../../src/runtime/child/index.ts";
import { parseRecord } from "../../../src/runtime/training/record.ts";
import { recipe } from "../../../src/runtime/training/trainer-recipe.ts";
import type { TrainingRequest } from "../../../src/runtime/training/trainer-request.ts";
import { TrainingRun } from "../../../src/runtime/training/trainer-run.ts";
import { ADVANCE_TRAINING, OPEN_TRAINING } from "../../../src/runtime/training/trainer-tasks.ts";
import { SMALL_REFERENCE } from "./trainer-helpers.ts";

const requestIn = (folder: string): TrainingRequest => ({
  model: SMALL_REFERENCE,
  data: "fashion-mnist-tiny",
  read: {},
  recipe: recipe({ epochs: 2, batch: 100, test: 0 }),
  weights: "draw",
  threads: 1,
  checkpointEverySteps: 2,
  out: join(folder, "out.onnx"),
});
const newFolder = () => mkdtempSync(join(tmpdir(), "tidemark-run-"));

describe("TrainingRun", () => {
  it("goes on with a warning where a checkpoint cannot be written, and writes the next", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const run = await TrainingRun.start(requestIn(inside), folder, "test");
    rmSync(folder, { recursive: true });
    const status = await run.advance(1e6);
    expect(status.ended?.epoch).toBe(1);
    expect(status.warnings.length).toBeGreaterThan(0);
    expect(status.warnings[0]).toMatch(
      /the checkpoint .* cannot be written: ENOENT.*the training goes on/,
    );
    while (!(await run.advance(1e6)).done);
    await expect(run.finish()).rejects.toThrow(/the record .* cannot be written/);
    await run.close();
  });

  it("counts where it was taken up, and evaluates nothing that is not there", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const first = await TrainingRun.start(requestIn(inside), folder, "test");
    await first.advance(1);
    first.checkpoint();
    await first.close();
    const second = await TrainingRun.resume(folder, {}, "test");
    expect(second.summary).toMatchObject({
      parameters: expect.any(Number),
      counts: { train: 500, test: 200 },
    });
    expect(second.summary.progress.step).toBeGreaterThan(0);
    while (!(await second.advance(1e6)).done);
    const { record, files } = await second.finish();
    expect(record.resumedAt).toHaveLength(1);
    expect(files).toEqual([join(inside, "out.onnx"), join(inside, "out.json")]);
    expect(parseRecord(readFileSync(files[1]!, "utf8"), "out.json")).toEqual(record);
    await second.close();
  });
});

describe("a training in a child process", () => {
  it("fails alone where the process dies, and says how to go on", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const pool = new ChildPool();
    try {
      const input = {
        kind: "start",
        folder,
        tidemark: "test",
        request: requestIn(inside),
      } as const;
      const summary = await pool.run(OPEN_TRAINING, input, { what: "train" });
      expect(summary.progress).toMatchObject({ step: 0, steps: 10 });
      const dying = pool.run(ADVANCE_TRAINING, { folder, ms: 1e6 }, { what: "train" });
      process.kill(pool.pids[0]!, "SIGKILL");
      await expect(dying).rejects.toThrow(/train/);
      const next = pool.run(ADVANCE_TRAINING, { folder, ms: 1 }, { what: "train" });
      await expect(next).rejects.toThrow(/the process that trained in .* is gone/);
      const back = { kind: "resume", folder, tidemark: "test", changes: {} } as const;
      await pool.run(OPEN_TRAINING, back, { what: "train" });
      const status = await pool.run(ADVANCE_TRAINING, { folder, ms: 1e6 }, { what: "train" });
      expect(status.ended?.epoch).toBe(1);
    } finally {
      await pool.close();
    }
  });
});
