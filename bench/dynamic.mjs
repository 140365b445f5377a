// Deployed dynamic networks beside the dense ones they were made from, ONNX Runtime both, one thread, the
// sides in turn: early exits at the calibrated thresholds and where nobody leaves (the worst case); and the
// mechanisms that leave out layers, blocks and channels, on networks without training.
//
//     npm run build
//     node bench/dynamic.mjs [FOLDER…] [--what pairs,mechanisms] [--only REGEX] [--batch 1,32] [--rounds 15]
//         [--images 256] [--data D | --data noise] [--leave 0.5,0.25] [--out bench/results/dynamic.json]
//
// FOLDER: as examples/dynamic/run.mjs makes them, with dense.onnx and calibrated.onnx. Images are those of
// the test split of the data that the folder's run.json or dense.json names. Where that data is not there,
// or without a folder (the network is then made on the spot, untrained), images are noise, and thresholds
// such that the shares of --leave go at each exit.
//
// `CPU ms`: CPU time an image, median over the rounds; it leaves out what others on the machine take.
// `over dense`: dense's over it, median over the rounds; above 1 it is faster. `quiet`: the same of each
// side's 10th percentiles over the rounds, turn by turn: what it takes where others disturb it least.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  feedsOf,
  imagesOf,
  leavingAt,
  openAt,
  outcomesOf,
  stayed,
  untrained,
} from "./dynamic-sides.mjs";

const dist = (file) => import(resolve(import.meta.dirname, "../dist", file));
const { median, quantile } = await dist("base/stats.js");
const { classifier } = await dist("dynamic/classifier.js");
const { deployed } = await dist("dynamic/deploy/index.js");
const { dynamicNetwork } = await dist("dynamic/plan.js");
const { openOnnx } = await dist("onnx/index.js");
const { nodeEngine } = await dist("runtime/index.js");
const { zooNetwork } = await dist("zoo/reference.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    what: { type: "string" },
    only: { type: "string", default: "" },
    batch: { type: "string", default: "1,32" },
    rounds: { type: "string", default: "15" },
    images: { type: "string", default: "256" },
    data: { type: "string" },
    leave: { type: "string", default: "0.5,0.25" },
    out: { type: "string" },
  },
});
const numbers = (text) => text.split(",").map(Number);
const what = (values.what ?? (positionals.length > 0 ? "pairs" : "pairs,mechanisms")).split(",");
const rounds = Number(values.rounds);
const count = Number(values.images);
const only = new RegExp(values.only);
/** A side runs so long before the next one does. */
const TURN_MS = 8;

/** Of examples/dynamic/recipes.mjs. */
const MODEL = "vgg-cifar:channels1=48,channels2=96,channels3=192";
const EXITS = ["multires:share=0.06,depth=2", "exits:at=2,width=32"];

const NETWORKS = [
  "resnet-cifar:depth=20,channels1=64,channels2=128,channels3=256",
  "vgg-cifar:channels1=32,channels2=64,channels3=128",
];
/** `open`: share of the gates; attention and channels say themselves what they keep. */
const VARIANTS = [
  { spec: "layers", open: 1, on: /^resnet/ },
  { spec: "layers", open: 0.5, on: /^resnet/ },
  { spec: "attention:keep=0.25" },
  { spec: "attention:keep=0.25,share=0", on: /^resnet/ },
  { spec: "attention:keep=0.5" },
  { spec: "gates", open: 1 },
  { spec: "gates", open: 0.25 },
  { spec: "channels:keep=0.25" },
  { spec: "channels:keep=0.5" },
];

const results = [];
if (what.includes("pairs")) {
  for (const folder of positionals) await pair(basename(resolve(folder)), await opened(folder));
  if (positionals.length === 0) {
    const dense = classifier(zooNetwork(MODEL));
    await pair(`${MODEL}, untrained`, { dense, network: untrained(dense, EXITS) });
  }
}
if (what.includes("mechanisms")) for (const name of NETWORKS) await mechanisms(name);
if (values.out !== undefined) {
  mkdirSync(dirname(values.out), { recursive: true });
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(values.out, `${JSON.stringify({ date, machine, rounds, results })}\n`);
}

async function opened(folder) {
  const read = (file) => openOnnx(join(folder, file)).graph;
  const network = dynamicNetwork(read("calibrated.onnx"));
  const data = values.data ?? dataOf(folder);
  return { dense: classifier(read("dense.onnx")), network, ...(data !== "noise" && { data }) };
}

function dataOf(folder) {
  for (const file of ["run.json", "dense.json"]) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    const { data } = JSON.parse(readFileSync(path, "utf8"));
    return data.reference ?? data;
  }
  return "noise";
}

/** Dense, deployed, and deployed where nobody leaves. */
async function pair(name, { dense, network, data }) {
  if (!only.test(name)) return;
  let found = network;
  let images;
  try {
    images = await imagesOf(network, count, data);
  } catch (error) {
    console.error(`${name}: ${error.message}; images are noise`);
    images = await imagesOf(network, count);
    data = undefined;
  }
  if (data === undefined) found = await leavingAt(network, images, numbers(values.leave));
  const worst = stayed(found);
  await compare(`${name}, ${images.count} images of ${data ?? "noise"}`, images, [
    { name: "dense", graph: dense, macs: 1 },
    { name: "dynamic", graph: deployed(found), ...(await outcomesOf(found, images)) },
    { name: "worst case", graph: deployed(worst), ...(await outcomesOf(worst, images)) },
  ]);
}

async function mechanisms(name) {
  if (!only.test(name)) return;
  const dense = classifier(zooNetwork(name));
  const images = await imagesOf({ graph: dense }, count);
  const sides = [{ name: "dense", graph: dense, macs: 1 }];
  for (const { spec, open, on = /./ } of VARIANTS) {
    if (!on.test(name)) continue;
    let network = untrained(dense, [spec]);
    if (open !== undefined) network = await openAt(network, images, open);
    const title = open === undefined ? spec : `${spec}, ${open} open`;
    const { macs } = await outcomesOf(network, images);
    sides.push({ name: title, graph: deployed(network), macs });
  }
  await compare(name, images, sides);
}

async function compare(name, images, sides) {
  for (const batch of numbers(values.batch)) {
    const times = await alternate(sides, images, batch);
    const rows = sides.map(({ name, macs, left }, s) => ({ name, macs, left, ...times[s] }));
    results.push({ name, batch, images: images.count, load: loadavg()[0], sides: rows });
    console.log(`${name}, batch ${batch}, load ${loadavg()[0].toFixed(1)}\n`);
    console.log(
      "| side | MACs | CPU ms | over dense | quiet |\n| --- | ---: | ---: | ---: | ---: |",
    );
    for (const row of rows) {
      const cells = [row.macs.toFixed(3), row.cpuMs.toFixed(3), row.speedup.toFixed(2)];
      console.log(`| ${row.name} | ${cells.join(" | ")} | ${row.quiet.toFixed(3)} |`);
    }
    console.log("");
  }
}

/** Each side runs some batches, then the next one the same; another begins each time. */
async function alternate(sides, images, batch) {
  const feeds = feedsOf(sides[0].graph, images, batch);
  const open = [];
  for (const { graph } of sides) open.push(await nodeEngine.open(graph, { threads: 1 }));
  for (const session of open) for (const each of feeds.slice(0, 8)) await session.run(each);
  const began = performance.now();
  for (const each of feeds.slice(0, 8)) await open[0].run(each);
  const each = (performance.now() - began) / Math.min(8, feeds.length);
  const size = Math.max(1, Math.round(TURN_MS / each));
  const chunks = Array.from({ length: Math.ceil(feeds.length / size) }, (_, i) =>
    feeds.slice(i * size, (i + 1) * size),
  );
  /** [side][chunk][round] */
  const cpu = sides.map(() => chunks.map(() => []));
  for (let round = 0; round < rounds; round++)
    for (const [c, chunk] of chunks.entries())
      for (const [i] of sides.entries()) {
        const side = (i + c + round) % sides.length;
        const from = process.cpuUsage();
        for (const feed of chunk) await open[side].run(feed);
        const { user, system } = process.cpuUsage(from);
        cpu[side][c].push((user + system) / 1000);
      }
  for (const session of open) await session.release();
  const total = (list) =>
    list.reduce((a, b) => a + b, 0) / (feeds.length * Math.min(batch, images.count));
  const perRound = cpu.map((rows) =>
    Array.from({ length: rounds }, (_, r) => total(rows.map((row) => row[r]))),
  );
  const low = cpu.map((rows) => total(rows.map((row) => quantile(row, 0.1))));
  return sides.map((_, s) => ({
    cpuMs: median(perRound[s]),
    speedup: median(perRound[s].map((ms, r) => perRound[0][r] / ms)),
    quietMs: low[s],
    quiet: low[0] / low[s],
  }));
}
