#!/usr/bin/env node
// The command. From a checkout that has not been built yet, it builds first.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/bundle/tidemark.js", import.meta.url);
if (!existsSync(main)) {
  const build = new URL("../scripts/build.mjs", import.meta.url);
  process.stderr.write("tidemark: building once (a few seconds)\n");
  const r = spawnSync(process.execPath, [fileURLToPath(build)], { stdio: ["ignore", 2, 2] });
  if (r.status !== 0) process.exit(1);
}
await import(main.href);
