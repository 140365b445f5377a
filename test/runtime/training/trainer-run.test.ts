import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { UserError } from "../../../src/base/errors.ts";
import { saveOnnx } from "../../../src/onnx/index.ts";
import { ChildPool } from "../../../src/runtime/child/index.ts";
import { openDataset } from "../../../src/runtime/data/index.ts";
import { parseRecord } from "../../../src/runtime/training/record.ts";
import { recipe } from "../../../src/runtime/training/trainer-recipe.ts";
import type { TrainingRequest } from "../../../src/runtime/training/trainer-request.ts";
import { TrainingRun } from "../../../src/runtime/training/trainer-run.ts";
import { ADVANCE_TRAINING, OPEN_TRAINING } from "../../../src/runtime/training/trainer-tasks.ts";
import { SMALL_REFERENCE, smallNetwork } from "./trainer-helpers.ts";

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
    const { record, files, warnings } = await run.finish();
    expect(record.complete).toBe(true);
    expect(files.map((file) => existsSync(file))).toEqual([true, true]);
    expect(warnings).toEqual([
      expect.stringMatching(/the record .*run.* cannot be written: ENOENT/),
    ]);
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

describe("a training taken up again", () => {
  const tiny = fileURLToPath(new URL("../../../data/fashion-mnist-tiny", import.meta.url));
  const files = readdirSync(tiny).filter((name) => name.endsWith(".gz"));
  /** The shipped set unpacked into a folder; `change` is given each file's bytes. */
  const copied = (folder: string, change: (name: string, bytes: Buffer) => void): string => {
    mkdirSync(folder);
    for (const name of files) {
      const bytes = gunzipSync(readFileSync(join(tiny, name)));
      change(name, bytes);
      writeFileSync(join(folder, name.slice(0, -3)), bytes);
    }
    return folder;
  };
  const stopped = async (request: TrainingRequest, folder: string) => {
    const run = await TrainingRun.start(request, folder, "test");
    await run.close();
  };
  const refusal = (error: UserError) => `${error.message}\n${error.hint}`;

  it("takes the same data from elsewhere, and refuses other data", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const data = copied(join(inside, "data"), () => {});
    await stopped({ ...requestIn(inside), data }, folder);
    const moved = copied(join(inside, "moved"), () => {});
    await (await TrainingRun.resume(folder, { data: moved }, "test")).close();
    const other = copied(join(inside, "other"), (name, bytes) => {
      if (name.startsWith("train-images")) bytes[bytes.length - 1]! ^= 1;
    });
    const error = await TrainingRun.resume(folder, { data: other }, "test").catch(refusal);
    expect(error).toMatch(/the data .*other \(\w{12} instead of \w{12}\) has changed/);
    expect(error).toMatch(/bring back what it began with/);
    // The refusal lets go of the folder.
    await (await TrainingRun.resume(folder, {}, "test")).close();
  });

  it("refuses a network whose weights are others", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const model = join(inside, "model.onnx");
    const network = smallNetwork(await openDataset("fashion-mnist-tiny"));
    saveOnnx(network, model);
    await stopped({ ...requestIn(inside), model, weights: "keep" }, folder);
    const [name, tensor] = [...network.initializers].find(([, t]) => t.dims.length === 4)!;
    const bytes = tensor.bytes.slice();
    bytes[0]! ^= 1;
    const initializers = new Map(network.initializers).set(name, { ...tensor, bytes });
    saveOnnx({ ...network, initializers }, model);
    const error = await TrainingRun.resume(folder, {}, "test").catch(refusal);
    expect(error).toMatch(/the network .*model\.onnx has changed since the training began/);
  });
});

describe("a folder that holds a training", () => {
  it("is refused by its state, and replaced where asked", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const request = requestIn(inside);
    const begin = (overwrite?: boolean) => TrainingRun.start(request, folder, "test", overwrite);
    const first = await begin();
    await expect(begin(true)).rejects.toThrow(/another process trains in .*run: \d+, since/);
    await expect(TrainingRun.resume(folder, {}, "test")).rejects.toThrow(/another process/);
    await first.advance(1e6);
    await first.close();
    const refusal = await begin().catch((error: unknown) => error as UserError);
    expect(refusal).toMatchObject({
      message: expect.stringMatching(/a training that was interrupted/),
      hint: expect.stringMatching(/--resume .*run; begin anew: --overwrite/),
    });
    const wild = { ...request, recipe: { ...request.recipe, learningRate: 1e12 } };
    const diverging = await TrainingRun.start(wild, folder, "test", true);
    expect(diverging.summary.progress.step).toBe(0);
    const advanced = (async () => {
      while (!(await diverging.advance(1e6)).done);
    })();
    await expect(advanced).rejects.toMatchObject({
      message: expect.stringMatching(/training stopped/),
      hint: expect.stringMatching(/--lr \de\+1\d.* --overwrite/),
    });
    await diverging.close();
    await expect(begin()).rejects.toMatchObject({
      message: expect.stringMatching(/a training that diverged at step \d+, at --lr 1000000000000/),
      hint: expect.stringMatching(/--lr 1e\+11 --overwrite/),
    });
    const last = await begin(true);
    while (!(await last.advance(1e6)).done);
    await last.finish();
    await last.close();
    await expect(begin()).rejects.toThrow(/a training that is complete/);
  });

  it("is not kept locked by a process that is gone, nor made for a training that cannot begin", async () => {
    const inside = newFolder();
    const folder = join(inside, "deep", "run");
    const request = requestIn(inside);
    const other = { ...request, data: join(inside, "nothing") };
    await expect(TrainingRun.start(other, folder, "test")).rejects.toThrow(/nothing/);
    expect(existsSync(join(inside, "deep"))).toBe(false);
    await (await TrainingRun.start(request, folder, "test")).close();
    const lock = join(folder, "tidemark.lock");
    expect(existsSync(lock)).toBe(false);
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const owner = { pid: gone, host: hostname(), started: null, since: "2026-01-01" };
    for (const left of [JSON.stringify(owner), '{"pid": 1', ""]) {
      writeFileSync(lock, left);
      await (await TrainingRun.resume(folder, {}, "test")).close();
      expect(existsSync(lock)).toBe(false);
    }
    // Its number is another process's now.
    if (process.platform === "linux") {
      writeFileSync(lock, JSON.stringify({ ...owner, pid: process.ppid, started: "boot 1" }));
      await (await TrainingRun.resume(folder, {}, "test")).close();
    }
    writeFileSync(lock, JSON.stringify({ ...owner, host: "elsewhere.invalid" }));
    await expect(TrainingRun.resume(folder, {}, "test")).rejects.toMatchObject({
      hint: expect.stringMatching(/if it is gone, delete .*tidemark.lock/),
    });
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
