// Holds the list of rooms: imports point down the list only, no cycles between files, and the rooms
// that the browser runs use no `node:` module. The rules are the data below; the code only reads them.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** From the top of the house to its foundation. A room imports itself and rooms below it. */
const ROOMS = [
  "web",
  "cli",
  "server",
  "report",
  "study",
  "dynamic",
  "bitwise",
  "faults",
  "gnn",
  "photonics",
  "runtime",
  "gpu",
  "npu",
  "zoo",
  "onnx",
  "ops",
  "graph",
  "search",
  "base",
];
/** Where "below" would still be wrong. */
/** @type {readonly [string, readonly string[], string][]} */
const FORBIDDEN = [
  ["search", ["graph", "ops", "onnx", "zoo", "gpu", "npu"], "search knows nothing of networks"],
  ["gpu", ["npu", "onnx"], "a GPU neither needs the accelerator model nor reads files"],
  ["graph", ["search"], "a network is data; it is not searched from inside"],
  ["ops", ["search"], "an operator is data; it is not searched from inside"],
];
/** What the app in the browser takes from below: rooms, or files of rooms that otherwise need Node. */
const WEB = [
  "base",
  "search",
  "graph",
  "ops",
  "zoo",
  "gpu",
  "npu",
  "onnx",
  "dynamic",
  "runtime",
  "server/api",
  "study/block.ts",
  "study/reference.ts",
  "report/advice.ts",
  "report/axis.ts",
  "report/dominance.ts",
  "report/kernels.ts",
  "report/number.ts",
  "report/page/view.ts",
  "report/palette.ts",
  "report/trace.ts",
];
const BROWSER = ["base", "search", "graph", "ops", "zoo", "gpu", "npu"];

const src = resolve(import.meta.dirname, "../src");
const web = resolve(import.meta.dirname, "../web/src");
const files = [src, web].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && /\.tsx?$/.test(e.name))
    .map((e) => join(e.parentPath, e.name)),
);
const isWeb = (file) => file.startsWith(web);
const roomOf = (file) => (isWeb(file) ? "web" : relative(src, file).split("/")[0]);
const problems = [];
const edges = new Map();
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const room = roomOf(file);
  const name = relative(src, file);
  if (name.includes("/") && !ROOMS.includes(room))
    problems.push(`${name}: room '${room}' is not in the list of rooms`);
  const targets = [];
  for (const m of text.matchAll(
    /(import|export)\s+(type\s)?[^"';]*?from\s*["']([^"']+)["']|import\s*\(\s*["']([^"']+)["']\s*\)|^import\s+["']([^"']+)["']/gm,
  )) {
    const spec = m[3] ?? m[4] ?? m[5];
    if (spec.startsWith("node:") && BROWSER.includes(room))
      problems.push(`${name}: imports ${spec}; ${room} runs in the browser`);
    if (!spec.startsWith(".")) continue;
    const target = resolve(dirname(file), spec);
    if (!target.startsWith(src) && !isWeb(target)) {
      problems.push(`${name}: imports ${spec}, outside src`);
      continue;
    }
    const to = roomOf(target);
    if (!m[2] && /\.tsx?$/.test(target)) targets.push(target);
    if (isWeb(file) && !isWeb(target) && !m[2]) {
      const place = relative(src, target);
      if (!WEB.some((part) => place === part || place.startsWith(`${part}/`)))
        problems.push(`${name}: imports ${place}, which the app in the browser does not use`);
    }
    if (to === room || !relative(src, file).includes("/")) continue;
    if (ROOMS.indexOf(to) < ROOMS.indexOf(room))
      problems.push(`${name}: ${room} imports ${to}, which stands above it`);
    for (const [from, not, why] of FORBIDDEN)
      if (from === room && not.includes(to))
        problems.push(`${name}: ${room} imports ${to}: ${why}`);
  }
  edges.set(file, targets);
}
const state = new Map();
const visit = (file, path) => {
  if (state.get(file) === 2) return;
  if (state.get(file) === 1) {
    problems.push(
      `cycle: ${[...path.slice(path.indexOf(file)), file].map((f) => relative(src, f)).join(" -> ")}`,
    );
    return;
  }
  state.set(file, 1);
  for (const to of edges.get(file) ?? []) visit(to, [...path, file]);
  state.set(file, 2);
};
for (const file of files) visit(file, []);
for (const p of problems) console.error(p);
console.log(`${files.length} files, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
