import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { decodePage } from "../../src/server/api/columns.ts";
import { OPERATIONS } from "../../src/server/api/openapi.ts";
import * as schemas from "../../src/server/api/schemas.ts";
import { exportJson } from "../../src/study/export.ts";
import { openReader, openWriter, resolveSpec, runStudy } from "../../src/study/index.ts";
import { temporaryFolder } from "../study/helpers.ts";
import { fill, served } from "./setup.ts";

const folder = temporaryFolder();
const store = join(folder, "studies.db");
const id = await fill(store);
const all = openReader(store).trials(id);
const app = served(folder, store);
const problem = async (path: string, from = app) => {
  const response = await from.ask(path);
  return { status: response.status, ...schemas.apiError.parse(await response.json()) };
};

it("lists the studies and tells one in full", async () => {
  const list = await app.json(schemas.studyList, "/api/studies");
  expect(list).toMatchObject({ store: "studies.db", writable: true });
  expect(list.studies).toMatchObject([
    { id, name: "cells", state: "finished", trials: 60, space: "nasbench201", note: "" },
  ]);
  const detail = await app.json(schemas.studyDetail, `/api/studies/${id}`);
  expect(detail).toMatchObject({ ...list.studies[0], size: 15_625, networks: true, failed: 0 });
  expect(detail.rests.length).toBeGreaterThan(0);
  expect(detail.spec).toMatchObject({ search: { algorithm: "random" } });
});

it("gives trials by column, from any on", async () => {
  for (const from of [0, 1, 59, 60, 1000]) {
    const response = await app.ask(`/api/studies/${id}/trials?from=${from}`);
    const page = decodePage(await response.arrayBuffer());
    const first = Math.min(from, 60);
    expect(page.first).toBe(first);
    // A page counts its own rows from 0.
    const strip = (row: Record<string, unknown>) => ({ ...row, trial: undefined });
    const rows = exportJson(page) as Record<string, unknown>[];
    const wanted = (exportJson(all) as Record<string, unknown>[]).slice(first);
    expect(rows.map(strip)).toEqual(wanted.map(strip));
  }
  expect(await problem(`/api/studies/${id}/trials?from=-1`)).toMatchObject({ status: 404 });
});

it("tells one trial, and says where there is none", async () => {
  const trial = await app.json(schemas.trialDetail, `/api/studies/${id}/trials/17`);
  expect(trial).toMatchObject({ study: id, number: 17, state: "complete" });
  expect({ trial: 17, state: trial.state, ...trial.design, ...trial.values }).toEqual(
    (exportJson(all) as object[])[17],
  );
  expect(await problem(`/api/studies/${id}/trials/60`)).toEqual({
    status: 404,
    message: "no trial 60 in study 'cells'",
  });
});

it("gives the network of a trial without its large weights, with the counts of the design", async () => {
  const trial = await app.json(schemas.trialDetail, `/api/studies/${id}/trials/3`);
  const response = await app.ask(`/api/studies/${id}/trials/3/network`);
  expect(response.status).toBe(200);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { graph, warnings } = readOnnx(bytes, { name: "trial" });
  const { totals } = analyze(graph, { bind: { batch: 1 } });
  expect(totals.params).toBeGreaterThan(70_000);
  // The weights alone would take 4 bytes a parameter.
  expect(bytes.length).toBeLessThan(2 * totals.params);
  expect(warnings.join()).toMatch(/weights-left-out/);
  expect(trial.state).toBe("complete");
});

it("says of a space without networks that it has none", async () => {
  const file = join(folder, "points.csv");
  writeFileSync(file, "x,loss\n1,3\n2,4\n");
  const path = join(folder, "table.db");
  await runStudy(
    resolveSpec({
      space: { kind: "table", file },
      objectives: [{ name: "loss", goal: "minimize" }],
    }),
    { store: path, workers: 0 },
  );
  const other = served(folder, path);
  expect((await other.json(schemas.studyDetail, "/api/studies/1")).networks).toBe(false);
  expect(await problem("/api/studies/1/trials/0/network", other)).toMatchObject({
    status: 404,
    message: expect.stringMatching(/are no networks/),
  });
});

it("lists the devices", async () => {
  const devices = await app.json(schemas.devices, "/api/devices");
  expect(devices.map((d) => d.id)).toContain("rtx-2080-ti");
});

it("publishes every operation with its schemas as OpenAPI 3.1", async () => {
  const response = await app.ask("/api/openapi.json");
  const document = (await response.json()) as {
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, unknown> };
  };
  expect(document.openapi).toBe("3.1.0");
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name);
  // Every reference leads to a component: none to a place inside a schema that was moved.
  expect(text.match(/"\$ref":"(?!#\/components\/)/g)).toBeNull();
  // What is described is what is served.
  const routed = new Set(
    app.app.routes
      .filter((r) => r.path.startsWith("/api/") && /^(GET|POST|PATCH)$/.test(r.method))
      .map((r) => `${r.method.toLowerCase()} ${r.path.replaceAll(/:(\w+)/g, "{$1}")}`),
  );
  routed.delete("get /api/openapi.json");
  const described = Object.entries(OPERATIONS).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(new Set(described)).toEqual(routed);
});

it("says what is wrong with an address", async () => {
  expect(await problem("/api/studies/9")).toMatchObject({
    status: 404,
    message: expect.stringMatching(/no study .9./),
  });
  expect(await problem("/api/studies/cells")).toMatchObject({ status: 404 });
  expect(await problem(`/api/studies/${"9".repeat(400)}`)).toMatchObject({ status: 404 });
  expect(await problem("/api/nothing")).toMatchObject({ status: 404 });
});

it("says so of an absent, a newer, a foreign and a damaged store, and goes on when it is back", async () => {
  const path = join(folder, "odd.db");
  const odd = served(folder, path);
  const said = () => problem("/api/studies", odd);
  expect(await said()).toMatchObject({ status: 404, message: expect.stringMatching(/^no store/) });
  writeFileSync(path, "accuracy,latency\n".repeat(400));
  expect(await said()).toMatchObject({
    status: 409,
    message: expect.stringMatching(/not a Tidemark store/),
  });
  rmSync(path);
  await fill(path, "back");
  expect((await odd.json(schemas.studyList, "/api/studies")).studies).toHaveLength(1);
  const db = new Database(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(await said()).toMatchObject({
    status: 409,
    message: expect.stringMatching(/schema version 99/),
    hint: expect.stringMatching(/newer Tidemark/),
  });
  const again = new Database(path);
  again.exec("PRAGMA user_version = 2");
  again.close();
  expect((await odd.json(schemas.studyList, "/api/studies")).studies).toHaveLength(1);
  truncateSync(path, statSync(path).size / 2);
  expect(await problem("/api/studies/1/trials", odd)).toMatchObject({
    status: 409,
    message: expect.stringMatching(/damaged/),
  });
});

it("says so of a study that is deleted under the viewer", async () => {
  const path = join(folder, "deleted.db");
  await fill(path, "first", 5);
  const own = served(folder, path);
  await own.json(schemas.studyDetail, "/api/studies/1");
  const writer = openWriter(path);
  writer.remove(1);
  writer.close();
  expect(await problem("/api/studies/1", own)).toMatchObject({ status: 404 });
  expect(await problem("/api/studies/1/trials", own)).toMatchObject({ status: 404 });
  expect((await own.json(schemas.studyList, "/api/studies")).studies).toEqual([]);
});

it("leaves the store as it is: no byte changes", async () => {
  const before = readFileSync(store);
  for (const path of ["/api/studies", "/api/studies/1", "/api/studies/1/trials"])
    await app.ask(path);
  expect(readFileSync(store).equals(before)).toBe(true);
});
