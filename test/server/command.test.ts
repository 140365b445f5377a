/** The command itself: it stays until it is asked to end, and studies that it started stay longer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import * as schemas from "../../src/server/api/schemas.ts";
import { openReader } from "../../src/study/index.ts";
import { built, temporaryFolder } from "../study/helpers.ts";
import { fill, slowStudy } from "./setup.ts";

built("bundle/tidemark.js");
const folder = temporaryFolder();
const TIDEMARK = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

function tidemark(...args: string[]) {
  const child = spawn(process.execPath, [TIDEMARK, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = once(child, "exit").then(([c]) => c as number | null);
  const says = async (what: RegExp) => {
    for (let i = 0; i < 600; i++) {
      const found = what.exec(said);
      if (found) return found;
      await sleep(50);
    }
    throw new Error(`not said: ${what} in ${said}`);
  };
  return { child, code, says };
}

it("serves until Ctrl-C, and a study that it started goes on", { timeout: 60_000 }, async () => {
  const store = join(folder, "studies.db");
  const server = tidemark("serve", "--store", store, "--port", "0", "--no-open");
  const [, url] = await server.says(/Tidemark is at (http:\S+\/) \(Ctrl-C ends it\)/);
  const { origin } = new URL(url!);
  const response = await fetch(`${origin}/api/studies`, {
    method: "POST",
    body: JSON.stringify({ text: slowStudy("outlives", 5) }),
    headers: { "content-type": "application/json", origin },
  });
  expect(response.status).toBe(201);
  expect(schemas.started.parse(await response.json())).toEqual({ id: 1, name: "outlives" });
  server.child.kill("SIGINT");
  expect(await server.code).toBe(0);
  const reader = openReader(store);
  const { owner, trials } = reader.study(1);
  for (let i = 0; i < 300 && reader.study(1).trials <= trials; i++) await sleep(50);
  expect(reader.study(1)).toMatchObject({ state: "running" });
  expect(reader.study(1).trials).toBeGreaterThan(trials);
  process.kill(owner!.pid, "SIGINT");
  for (let i = 0; i < 300 && reader.study(1).state === "running"; i++) await sleep(50);
  expect(reader.study(1).state).toBe("interrupted");
  reader.close();
});

it("prints an address with a token where others may come", { timeout: 60_000 }, async () => {
  const store = join(folder, "studies.db");
  const server = tidemark(
    "serve",
    "--store",
    store,
    "--port",
    "0",
    "--no-open",
    "--host",
    "0.0.0.0",
  );
  const [, url] = await server.says(/Tidemark is at (\S+)/);
  expect(new URL(url!).searchParams.get("token")!.length).toBeGreaterThanOrEqual(32);
  server.child.kill("SIGTERM");
  expect(await server.code).toBe(0);
});

it("exports and ends", { timeout: 60_000 }, async () => {
  const store = join(folder, "export.db");
  await fill(store, "cells", 5);
  const site = join(folder, "site");
  const run = tidemark("serve", "--store", store, "--export", site);
  await run.says(/1 study exported: /);
  expect(await run.code).toBe(0);
  expect(existsSync(join(site, "data", "studies", "1.json"))).toBe(true);
  expect(await tidemark("serve", "--store", store, "--export", folder).code).toBe(2);
  const missing = join(folder, "missing.db");
  expect(await tidemark("serve", "--store", missing, "--export", site).code).toBe(1);
});
