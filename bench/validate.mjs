// Time of `tidemark validate` on all of NeuSight's convolutions (14,610 rows), the whole
// command from its start to its last line; goal: 2 s for 15,000 rows. After `npm run build`:
//
//   node bench/validate.mjs [DATA.csv…]
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const given = process.argv.slice(2);
const files =
  given.length > 0 ? given : [resolve(root, "../shared/data/gpu/neusight_conv3x3_fp32.csv")];
const times = [];
let counted = 0;
for (let i = 0; i < 5; i++) {
  const start = performance.now();
  const run = spawnSync(
    process.execPath,
    [`${root}/bin/tidemark.mjs`, "validate", ...files, "-f", "json"],
    {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: { ...process.env, NODE_OPTIONS: "" },
    },
  );
  times.push(performance.now() - start);
  if (run.status !== 0) throw new Error(run.stderr);
  counted = JSON.parse(run.stdout).overall.count;
}
times.sort((a, b) => a - b);
console.log(
  `${counted} rows: median ${(times[2] / 1000).toFixed(2)} s, best ${(times[0] / 1000).toFixed(2)} s of 5`,
);
