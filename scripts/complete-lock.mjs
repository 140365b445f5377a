// After `npm install` through a mirror that lacks some platforms' binary packages, npm leaves them out of
// package-lock.json, and then its own `npm ci` refuses the file. This writes those entries (version,
// platform, no hash) from what each package names as optional. Run it after changing a dependency.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const added = {};
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    if (at in lock.packages || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    // Platform packages are named @scope/[cli-|binding-]os-cpu[-libc].
    const [os, cpu, libc] = name
      .split("/")[1]
      .replace(/^(cli|binding)-/, "")
      .split("-");
    added[at] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
      ...(os === "linux" && libc ? { libc: [libc.startsWith("musl") ? "musl" : "glibc"] } : {}),
    };
  }
}
const packages = Object.entries({ ...lock.packages, ...added });
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${Object.keys(added).length} entries added`);
