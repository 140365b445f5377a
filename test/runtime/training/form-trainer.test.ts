/** Trainings in a form: in one process, taken up again, and by a module of child tasks of its own. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { UserError } from "../../../src/base/errors.ts";
import { int } from "../../../src/graph/attribute.ts";
import { tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { openOnnx } from "../../../src/onnx/index.ts";
import { ChildPool } from "../../../src/runtime/child/index.ts";
import { type Dataset, openDataset } from "../../../src/runtime/data/index.ts";
import type { FormOf } from "../../../src/runtime/training/index.ts";
import { parseRecord } from "../../../src/runtime/training/record.ts";
import { Trainer, type TrainerOptions } from "../../../src/runtime/training/trainer.ts";
import { type RecipeOptions, recipe } from "../../../src/runtime/training/trainer-recipe.ts";
import type { TrainingRequest } from "../../../src/runtime/training/trainer-request.ts";
import { TrainingRun } from "../../../src/runtime/training/trainer-run.ts";
import { trainingTasks } from "../../../src/runtime/training/training-jobs.ts";
import { dropping } from "./dropping.mjs";
import { clouds, linearNetwork, SMALL_REFERENCE, smallNetwork } from "./trainer-helpers.ts";

let tiny: Dataset;
beforeAll(async () => {
  tiny = await openDataset("fashion-mnist-tiny");
});
const one = { threads: 1 } as const;

describe("a Trainer with a form", () => {
  const options: RecipeOptions = { epochs: 2, batch: 100, seed: 5, emaDecay: 0.9 };

  it("goes on from a snapshot to the very same state and the same reports", async () => {
    const open = () => Trainer.open(smallNetwork(tiny), tiny, options, { ...one, form: dropping });
    const straight = await open();
    while (!straight.done) await straight.advance();
    const first = await open();
    await first.advance({ steps: 3 });
    const snapshot = first.snapshot();
    const second = await open();
    second.restore(snapshot);
    while (!second.done) await second.advance();
    expect(second.snapshot().state).toEqual(straight.snapshot().state);
    const kept = straight.history.map((epoch) => epoch.extra!.kept!);
    expect(second.history.map((epoch) => epoch.extra!.kept!)).toEqual(kept);
    // Steps 0 to 9 of 10 leave out step / 20 of the positions, but for chance.
    expect(kept[0]).toBeCloseTo(1 - 2 / 20, 2);
    expect(kept[1]).toBeCloseTo(1 - 7 / 20, 2);
    // What is kept is the network that was given.
    expect(straight.trained().nodes).toEqual(smallNetwork(tiny).nodes);
    const plain = await Trainer.open(smallNetwork(tiny), tiny, options, one);
    while (!plain.done) await plain.advance();
    expect(plain.snapshot().state).not.toEqual(straight.snapshot().state);
    expect(plain.history[0]).not.toHaveProperty("extra");
    await Promise.all([straight, first, second, plain].map((trainer) => trainer.close()));
  });

  it("hands the maker the fitted network, and scores what it says is evaluated", async () => {
    const seen: unknown[] = [];
    const hooks: TrainerOptions = {
      form: (network, { epochs }, batch) => {
        seen.push(network.name, network.inputs[0]!.shape, epochs, batch);
        return { graph: network };
      },
      evaluation: exchanged,
    };
    const scores: number[] = [];
    for (const options of [{}, hooks]) {
      const trainer = await Trainer.open(
        linearNetwork(2, 2),
        clouds(40),
        { epochs: 3, batch: 10 },
        { ...one, title: "lines", ...options },
      );
      while (!trainer.done) await trainer.advance();
      scores.push(trainer.history[2]!.test!.accuracy);
      await trainer.close();
    }
    expect(seen).toEqual(["lines", ["batch", 2], 3, 10]);
    expect(scores[0]).toBeGreaterThan(0.6);
    expect(scores[1]).toBeCloseTo(1 - scores[0]!, 6);
  });
});

/** Two classes exchanged: every hit becomes a miss. */
function exchanged(trained: Graph): Graph {
  const [output] = trained.outputs;
  return {
    ...trained,
    initializers: new Map([...trained.initializers, ["order", tensorOf("int64", [2], [1, 0])]]),
    nodes: [
      ...trained.nodes,
      {
        name: "exchange",
        op: "Gather",
        domain: "",
        inputs: [output!.name, "order"],
        outputs: ["exchanged"],
        attributes: { axis: int(1) },
      },
    ],
    outputs: [{ name: "exchanged", dtype: "float32", shape: undefined }],
  };
}

const newFolder = () => mkdtempSync(join(tmpdir(), "tidemark-form-"));
const requestIn = (folder: string, name = "out.onnx"): TrainingRequest => ({
  model: SMALL_REFERENCE,
  data: "fashion-mnist-tiny",
  read: {},
  recipe: recipe({ epochs: 2, batch: 100, seed: 3 }),
  weights: "draw",
  threads: 1,
  checkpointEverySteps: 2,
  out: join(folder, name),
  form: { kind: "dropping", options: { version: 1 } },
});
const weightsOf = (path: string) =>
  [...openOnnx(path).graph.initializers].map(([name, t]) => [name, [...t.bytes]]);

describe("a TrainingRun with a form", () => {
  const formOf: FormOf = ({ kind, options }) => ({
    formId: `${kind} ${JSON.stringify(options)}`,
    form: dropping,
  });
  const refusal = (error: UserError) => `${error.message}\n${error.hint}`;

  it("is taken up again with the form it began with, and with no other", async () => {
    const inside = newFolder();
    const folder = join(inside, "run");
    const first = await TrainingRun.start(requestIn(inside), folder, "test", false, formOf);
    await first.advance(1);
    first.checkpoint();
    await first.close();

    const without = await TrainingRun.resume(folder, {}, "test").catch(refusal);
    expect(without).toMatch(/the training has a form, dropping, and only networks as they are/);
    expect(without).toMatch(/the command that it was begun with/);
    const changed: FormOf = (asked) => ({ ...formOf(asked), formId: "dropping 2" });
    const other = await TrainingRun.resume(folder, {}, "test", changed).catch(refusal);
    expect(other).toMatch(
      /the form dropping \(dropping 2 instead of dropping \{"version":1\}\) has changed/,
    );
    expect(await TrainingRun.start(requestIn(inside), folder, "test").catch(refusal)).toMatch(
      /go on with it: the command that began it, with --resume/,
    );

    const second = await TrainingRun.resume(folder, {}, "test", formOf);
    while (!(await second.advance(1e6)).done);
    const { record, files } = await second.finish();
    await second.close();
    expect(record.form).toEqual({
      kind: "dropping",
      options: { version: 1 },
      id: 'dropping {"version":1}',
    });
    expect(parseRecord(JSON.stringify(record), files[1]!)).toEqual(record);

    const straight = await TrainingRun.start(
      requestIn(inside, "straight.onnx"),
      join(inside, "straight"),
      "test",
      false,
      formOf,
    );
    while (!(await straight.advance(1e6)).done);
    const { record: unbroken } = await straight.finish();
    await straight.close();
    expect(weightsOf(join(inside, "out.onnx"))).toEqual(weightsOf(join(inside, "straight.onnx")));
    const extras = (of: typeof record) => of.epochs.map((epoch) => epoch.extra);
    expect(extras(record)).toEqual(extras(unbroken));
  });
});

describe("child tasks of another module's maker", () => {
  it("go on to the same weights after kill -9", async () => {
    const inside = newFolder();
    const tasks = trainingTasks(new URL("./dropping-tasks.mjs", import.meta.url));
    const pool = new ChildPool();
    const what = { what: "train" } as const;
    const start = (name: string) => ({
      kind: "start" as const,
      folder: join(inside, name),
      tidemark: "test",
      request: requestIn(inside, `${name}.onnx`),
    });
    const finished = async (folder: string) => {
      while (!(await pool.run(tasks.advance, { folder, ms: 1e6 }, what)).done);
      return pool.run(tasks.finish, folder, what);
    };
    try {
      const straight = start("straight");
      await pool.run(tasks.open, straight, what);
      await finished(straight.folder);

      const killed = start("killed");
      const { folder } = killed;
      await pool.run(tasks.open, killed, what);
      // Each advance is a step at least, every second is kept.
      for (const ms of [0, 0]) await pool.run(tasks.advance, { folder, ms }, what);
      const dying = pool.run(tasks.advance, { folder, ms: 1e6 }, what);
      process.kill(pool.pids[0]!, "SIGKILL");
      await expect(dying).rejects.toThrow(/train/);
      await expect(pool.run(tasks.advance, { folder, ms: 1 }, what)).rejects.toMatchObject({
        hint: expect.stringMatching(/the command that began it, with --resume/),
      });
      const resume = { kind: "resume", folder, tidemark: "test", changes: {} } as const;
      await pool.run(tasks.open, resume, what);
      const { record } = await finished(folder);
      expect(record.resumedAt[0]).toBeGreaterThanOrEqual(2);
      expect(weightsOf(join(inside, "killed.onnx"))).toEqual(
        weightsOf(join(inside, "straight.onnx")),
      );
    } finally {
      await pool.close();
    }
  });
});
