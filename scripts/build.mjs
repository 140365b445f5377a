// Builds dist/: TypeScript to JavaScript, the device files, the report's page script, the web app, and
// the command as few files. Runs as a plain script because package scripts' hooks are off (.npmrc: ignore-scripts).
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundle } from "./bundle.mjs";

const root = resolve(import.meta.dirname, "..");
const run = (args) => {
  const r = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (r.status !== 0) process.exit(r.status ?? 1);
};
run([join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
mkdirSync(join(root, "dist/gpu"), { recursive: true });
cpSync(join(root, "src/gpu/devices"), join(root, "dist/gpu/devices"), { recursive: true });
for (const config of ["src/report/page/vite.config.mjs", "web/vite.config.mjs"])
  run([
    join(root, "node_modules/vite/bin/vite.js"),
    "build",
    "--config",
    config,
    "--logLevel",
    "warn",
  ]);
await bundle(root);
