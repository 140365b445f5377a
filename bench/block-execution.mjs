// Block execution beside the dense layers: a stage of residual regions of two 3x3 convolutions, masks
// drawn at random at several kept fractions, one thread. Dense and blocks take turns in one run.
// The stem and the head that both share are measured too and taken off both sides. CPU time, which
// leaves out what others on the machine take; medians.
//
//     npm run build
//     node bench/block-execution.mjs [--method blocks|pixels] [--turns 15] [--only C64] [--out bench/results/block-execution.json]
//
// `time`: blocks over dense. `MACs`: those of the active blocks, halo included, over dense. `share`:
// time saved over MACs saved. Break-even: the kept fraction at which blocks cost what dense costs.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";

const dist = (file) => import(resolve(import.meta.dirname, "../dist", file));
const { stream } = await dist("base/rng.js");
const { BlockWriter, blockSource, haloOf, regionMacs } = await dist("dynamic/blocks/index.js");
const { ints } = await dist("graph/attribute.js");
const { GraphBuilder } = await dist("graph/builder.js");
const { removeDead } = await dist("graph/edit.js");
const { float32s } = await dist("graph/tensor.js");
const { nodeEngine } = await dist("runtime/index.js");

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "15" },
    only: { type: "string", default: "" },
    kept: { type: "string", default: "0.125,0.25,0.375,0.5,0.75,1" },
    method: { type: "string", default: "blocks" },
    out: { type: "string" },
  },
});
const turns = Number(values.turns);
const KEPT = values.kept.split(",").map(Number);
const REGIONS = 3;
/** The block path alone; and with the dense path above this fraction. */
const ABOVE = 0.5;
const SAFE = [0.25, 0.75, 1];

const SETTINGS = [
  { channels: 16, size: 32, blocks: [8, 16] },
  { channels: 32, size: 16, blocks: [4, 8] },
  { channels: 32, size: 24, blocks: [4, 6, 8, 12] },
  { channels: 32, size: 32, blocks: [8, 16] },
  { channels: 64, size: 8, blocks: [4] },
  { channels: 64, size: 16, blocks: [4, 8] },
  { channels: 64, size: 32, blocks: [8, 16] },
  { channels: 64, size: 64, blocks: [8, 16] },
  { channels: 128, size: 8, blocks: [4] },
  { channels: 128, size: 16, blocks: [4, 8] },
  { channels: 128, size: 32, blocks: [8, 16] },
];

/** Stem, regions and head as one graph; the regions' nodes apart. */
function stage(batch, { channels, size }, block, bottleneck) {
  const rng = stream(0, "bench/block-execution");
  const g = new GraphBuilder({ name: "stage" });
  const weight = (name, dims) => {
    const count = dims.reduce((a, b) => a * b, 1);
    const data = Float32Array.from(
      { length: count },
      () => rng.normal() / Math.sqrt(count / dims[0]),
    );
    return g.initializer(name, float32s(data, dims));
  };
  g.input("input", [batch, channels, size, size]);
  const conv = (name, x, kernel, from = channels, to = channels) =>
    g.add(
      "Conv",
      [x, weight(`${name}.w`, [to, from, kernel, kernel]), weight(`${name}.b`, [to])],
      { pads: ints(...Array(4).fill(kernel >> 1)) },
      { name, outputs: [name] },
    );
  const relu = (x) => g.add("Relu", [x], {}, { name: `${x}.relu`, outputs: [`${x}.relu`] });
  let x = relu(conv("stem", "input", 1));
  const regions = [];
  const nodes = [];
  for (let i = 0; i < REGIONS; i++) {
    let f;
    if (bottleneck) {
      const width = channels / 4;
      const a = relu(conv(`r${i}.a`, x, 1, channels, width));
      f = conv(`r${i}.c`, relu(conv(`r${i}.b`, a, 3, width, width)), 1, width, channels);
    } else f = conv(`r${i}.b`, relu(conv(`r${i}.a`, x, 3)), 3);
    const sum = g.add("Add", [x, f], {}, { name: `r${i}.sum`, outputs: [`r${i}.sum`] });
    const y = relu(sum);
    regions.push({ prefix: `r${i}.`, input: x, output: f, result: y, block, mode: "add" });
    x = y;
  }
  const features = relu(conv("head", x, 1));
  g.output(g.add("GlobalAveragePool", [features], {}, { name: "pool", outputs: ["pool"] }));
  nodes.push(...g.build().nodes);
  const dense = g.build();
  return {
    dense,
    regions: regions.map(({ prefix, result, ...region }) => ({
      result,
      region: {
        ...region,
        nodes: nodes.filter((n) => n.name.startsWith(prefix) && !/sum/.test(n.name)),
        after: nodes.filter((n) => n.name === `${prefix}sum.relu`),
      },
    })),
  };
}

/** Stem and head alone. */
function around({ dense, regions }) {
  const skip = regions.at(-1).result;
  const kept = dense.nodes.filter((n) => !n.name.startsWith("r"));
  const stem = regions[0].region.input;
  const nodes = kept.map((n) => ({ ...n, inputs: n.inputs.map((i) => (i === skip ? stem : i)) }));
  return removeDead({ ...dense, nodes });
}

function blocked({ dense, regions }, options) {
  const source = blockSource(dense);
  const g = new GraphBuilder({ name: "blocks" });
  for (const input of dense.inputs) g.input(input.name, input.shape);
  for (const [name, tensor] of dense.initializers) g.initializer(name, tensor);
  const { grid } = haloOf(regions[0].region, source);
  const mask = { name: "mask", dtype: "float32", shape: [dense.inputs[0].shape[0], 1, ...grid] };
  g.input("mask", mask.shape);
  const writer = new BlockWriter(g, source);
  for (const node of dense.nodes) {
    const found = regions.find(({ region }) => region.nodes.at(-1).name === node.name);
    if (found !== undefined) writer.blocked(found.region, mask, found.result, options);
    else if (!node.name.startsWith("r"))
      g.add(node.op, node.inputs, node.attributes, { name: node.name, outputs: node.outputs });
  }
  g.output("pool");
  return removeDead(g.build());
}

const median = (xs) => {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Medians of CPU milliseconds a run; the sides take turns. */
async function alternate(sides) {
  const open = [];
  for (const side of sides)
    open.push({ ...side, session: await nodeEngine.open(side.graph, { threads: 1 }), ms: [] });
  for (const { session, feeds } of open) await session.run(feeds);
  for (const side of open) {
    const from = process.cpuUsage();
    await side.session.run(side.feeds);
    const { user, system } = process.cpuUsage(from);
    side.runs = Math.max(1, Math.min(50, Math.round(4000 / (user + system + 1))));
  }
  for (let turn = 0; turn < turns; turn++)
    for (const side of open) {
      const from = process.cpuUsage();
      for (let i = 0; i < side.runs; i++) await side.session.run(side.feeds);
      const { user, system } = process.cpuUsage(from);
      side.ms.push((user + system) / side.runs / 1000);
    }
  for (const { session } of open) await session.release();
  return open.map(({ ms }) => median(ms));
}

function maskOf(shape, kept) {
  const rng = stream(1, "bench/block-execution/mask");
  const count = shape.reduce((a, b) => a * b, 1);
  const order = Array.from({ length: count }, (_, i) => [rng.float(), i]).sort(
    (a, b) => a[0] - b[0],
  );
  const data = new Float32Array(count);
  for (const [, i] of order.slice(0, Math.round(kept * count))) data[i] = 1;
  return { dtype: "float32", dims: shape, data };
}

/** The kept fraction at which the line through neighbouring points meets dense. */
function breakEven(points) {
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (a.time <= 1 && b.time > 1)
      return a.kept + ((1 - a.time) / (b.time - a.time)) * (b.kept - a.kept);
  }
  return points[0].time > 1 ? 0 : 1;
}

const results = [];
for (const setting of SETTINGS)
  for (const bottleneck of [false, true])
    for (const block of setting.blocks)
      for (const batch of [1, 32]) {
        const { channels, size } = setting;
        const name = `C${channels} ${size}x${size} ${bottleneck ? "bottleneck" : "3x3 3x3"} g${block} batch ${batch}`;
        if (bottleneck && channels < 128) continue;
        if (values.only !== "" && !new RegExp(values.only).test(name)) continue;
        if (batch * size * size * channels > 32 * 64 * 32 * 32) continue;
        const net = stage(batch, setting, block, bottleneck);
        const macs = regionMacs(net.regions[0].region, blockSource(net.dense));
        const { method } = values;
        const graph = blocked(net, { method });
        const safe = blocked(net, { denseAbove: ABOVE, method });
        const rng = stream(2, "bench/block-execution/input");
        const dims = net.dense.inputs[0].shape;
        const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
          rng.normal(),
        );
        const input = { dtype: "float32", dims, data };
        const shape = graph.inputs[1].shape;
        const masks = KEPT.map((kept) => maskOf(shape, kept));
        const sides = [
          { graph: around(net), feeds: { input } },
          { graph: net.dense, feeds: { input } },
          ...masks.map((mask) => ({ graph, feeds: { input, mask } })),
          ...SAFE.map((kept) => ({ graph: safe, feeds: { input, mask: maskOf(shape, kept) } })),
        ];
        const [off, dense, ...times] = await alternate(sides);
        const points = KEPT.map((_, i) => {
          const active = masks[i].data.reduce((a, b) => a + b, 0);
          const time = (times[i] - off) / (dense - off);
          const part = (active * macs.block) / (batch * macs.dense);
          return {
            kept: active / masks[i].data.length,
            time,
            macs: part,
            share: (1 - time) / (1 - part),
          };
        });
        const row = {
          name,
          channels,
          size,
          block,
          batch,
          bottleneck,
          denseMs: dense - off,
          points,
          breakEven: breakEven(points),
          safe: SAFE.map((kept, i) => ({
            kept,
            time: (times[KEPT.length + i] - off) / (dense - off),
          })),
          load: loadavg()[0],
        };
        results.push(row);
        const cells = points.map(
          (p) =>
            `${p.kept.toFixed(2)}: ${p.time.toFixed(2)} (MACs ${p.macs.toFixed(2)}${p.macs < 1 ? `, share ${p.share.toFixed(2)}` : ""})`,
        );
        console.log(
          `${name}, dense ${row.denseMs.toFixed(3)} ms: ${cells.join("; ")}; break-even ${row.breakEven.toFixed(2)}; denseAbove ${ABOVE}: ${row.safe.map((p) => `${p.kept}: ${p.time.toFixed(2)}`).join("; ")}`,
        );
      }
if (values.out !== undefined) {
  mkdirSync(dirname(values.out), { recursive: true });
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    values.out,
    `${JSON.stringify({ date, machine, turns, method: values.method, results })}\n`,
  );
}
