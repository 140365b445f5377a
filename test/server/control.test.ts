import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import * as schemas from "../../src/server/api/schemas.ts";
import { openReader } from "../../src/study/index.ts";
import { built, temporaryFolder } from "../study/helpers.ts";
import { fill, type Served, sent, served, slowStudy } from "./setup.ts";

// The processes run the built command.
built("bundle/tidemark.js");
const folder = temporaryFolder();

const fault = async (response: Response) => ({
  status: response.status,
  ...schemas.apiError.parse(await response.json()),
});
const detail = (app: Served, id: number) => app.json(schemas.studyDetail, `/api/studies/${id}`);

async function until(app: Served, id: number, state: string, least = 0) {
  for (let i = 0; i < 300; i++) {
    const study = await detail(app, id);
    if (study.state === state && study.trials >= least) return study;
    await sleep(100);
  }
  throw new Error(`study ${id} did not become ${state}`);
}

it("starts a study in a process of its own, stops it in order, and resumes it", async () => {
  // No store is there yet.
  const store = join(folder, "new", "studies.db");
  const app = served(folder, store);
  const started = await app.json(
    schemas.started,
    "/api/studies",
    sent({ text: slowStudy("- slow <b>", 5) }),
  );
  expect(started).toEqual({ id: 1, name: "- slow <b>" });
  await until(app, 1, "running", 8);
  const { owner } = openReader(store).study(1);
  expect(owner!.pid).not.toBe(process.pid);
  const twice = await app.ask("/api/studies/1/resume", sent({}));
  expect(await fault(twice)).toMatchObject({
    status: 409,
    message: expect.stringMatching(/running already/),
  });
  // Two clicks are one stop: a second signal would lose the batch.
  for (let i = 0; i < 2; i++)
    await app.json(schemas.stopping, "/api/studies/1/stop", { method: "POST" });
  const stopped = await until(app, 1, "interrupted");
  expect(stopped.failure).toBeUndefined();
  expect(await fault(await app.ask("/api/studies/1/stop", { method: "POST" }))).toMatchObject({
    status: 409,
    message: expect.stringMatching(/is not running/),
  });
  const { trials } = stopped;
  const resumed = await app.json(
    schemas.started,
    "/api/studies/1/resume",
    sent({ evaluations: trials + 12 }),
  );
  expect(resumed).toEqual({ id: 1, name: "- slow <b>" });
  const finished = await until(app, 1, "finished");
  expect(finished.trials).toBe(trials + 12);
  expect(await fault(await app.ask("/api/studies/1/resume", sent({})))).toMatchObject({
    status: 409,
    message: expect.stringMatching(/is finished with/),
  });
}, 120_000);

it("calls a study without a name after its space, as a study of flags is called", async () => {
  const app = served(folder, join(folder, "nameless.db"));
  const text = slowStudy("x", 5).replace(/name: .*/, "");
  for (const name of ["zoo", "zoo-2"]) {
    const { id } = await app.json(
      schemas.started,
      "/api/studies",
      sent({ text: text.replace("1000000", "4") }),
    );
    expect(await until(app, id!, "finished")).toMatchObject({ name, trials: 4 });
  }
}, 120_000);

it("tells of a study whose process was killed", async () => {
  const app = served(folder, join(folder, "killed.db"));
  const { id } = await app.json(schemas.started, "/api/studies", sent({ text: slowStudy("k", 5) }));
  await until(app, id!, "running", 4);
  process.kill(openReader(app.watch.path).study(id!).owner!.pid, "SIGKILL");
  const killed = await until(app, id!, "interrupted");
  expect(killed.failure).toMatch(/SIGKILL/);
  await app.json(schemas.started, `/api/studies/${id}/resume`, sent({}));
  expect((await until(app, id!, "running", killed.trials + 4)).failure).toBeUndefined();
  await app.json(schemas.stopping, `/api/studies/${id}/stop`, { method: "POST" });
  await until(app, id!, "interrupted");
}, 120_000);

it("answers a wrong study file with one clear error, and stores nothing", async () => {
  const store = join(folder, "wrong.db");
  const app = served(folder, store);
  const say = async (text: string) => await fault(await app.ask("/api/studies", sent({ text })));
  expect(await say("space: { kind: zoo, network: resnet-cifar")).toMatchObject({ status: 400 });
  expect(await say("space: { kind: zooo }\nobjectives: [params]")).toMatchObject({
    status: 400,
    message: expect.stringMatching(/space\.kind: 'zooo' is not allowed/),
    hint: expect.stringMatching(/did you mean 'zoo'/),
  });
  // What only shows when the space is built comes from the process.
  const wide = await say(
    "space: { kind: zoo, network: resnet-cifar, vary: { wide: { type: real, low: 1, high: 2 } } }\nobjectives: [{ name: params, goal: minimize }]",
  );
  expect(wide).toMatchObject({
    status: 409,
    message: expect.stringMatching(/resnet-cifar has no parameter 'wide'/),
    hint: expect.stringMatching(/it has depth, width/),
  });
  expect(await fault(await app.ask("/api/studies"))).toMatchObject({ status: 404 });
}, 60_000);

it("refuses a study that names files of this machine", async () => {
  const app = served(folder, join(folder, "files.db"));
  const space = "space: { kind: nasbench201, dataset: cifar10 }";
  for (const text of [
    "space: { kind: table, file: /etc/passwd }\nobjectives: [{ name: x, goal: minimize }]",
    "space: { kind: table, file: points.csv }\nobjectives: [{ name: x, goal: minimize }]",
    `${space}\nobjectives: [{ name: cost, module: ./evil.mjs, goal: minimize }]`,
    `${space}\nobjectives: [{ name: latency_ms, device: ../gpu.json }]`,
    "space: { kind: morphism, base: /tmp/model.onnx }\nobjectives: [{ name: params, goal: minimize }]",
  ])
    expect(await fault(await app.ask("/api/studies", sent({ text })))).toMatchObject({
      status: 400,
      message: expect.stringMatching(/names the file/),
      hint: expect.stringMatching(/tidemark explore/),
    });
});

it("does not stop a study of another machine, nor one that its own process runs", async () => {
  const store = join(folder, "elsewhere.db");
  await fill(store, "cells", 5);
  const app = served(folder, store);
  const { default: Database } = await import("libsql");
  const { thisOwner } = await import("../../src/study/store/owner.ts");
  const own = (owner: object) => {
    const db = new Database(store);
    db.prepare("UPDATE study SET state = 'running', owner = ?").run(JSON.stringify(owner));
    db.close();
  };
  own({ ...thisOwner(), host: "other-machine" });
  const stop = async () => await fault(await app.ask("/api/studies/1/stop", { method: "POST" }));
  expect(await stop()).toMatchObject({
    status: 409,
    message: expect.stringMatching(/other-machine/),
  });
  own(thisOwner());
  expect(await stop()).toMatchObject({
    status: 409,
    message: expect.stringMatching(/own process/),
  });
});

it("says so where the command cannot be run", async () => {
  const app = served(folder, join(folder, "command.db"), {}, ["/nowhere/tidemark"]);
  expect(
    await fault(await app.ask("/api/studies", sent({ text: slowStudy("x", 1) }))),
  ).toMatchObject({ status: 409, message: expect.stringMatching(/cannot be run/) });
});
