// Writes the tables of docs/dynamic-cost.md: break-even and budgets of regions, early exit, and the
// reported speeds of dynamic networks beside the model's. Nothing is measured here.
//   node scripts/build.mjs && node bench/dynamic-cost.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseDevice } from "../dist/gpu/device.js";
import {
  breakEven,
  DynamicNetwork,
  earlyExitTime,
  regionOf,
  waveBudget,
} from "../dist/gpu/dynamic/index.js";
import { ints } from "../dist/graph/attribute.js";
import { GraphBuilder } from "../dist/graph/builder.js";
import { zeros } from "../dist/graph/tensor.js";
import { resNet } from "../dist/zoo/index.js";

const root = resolve(import.meta.dirname, "..");
const device = (id) =>
  parseDevice(JSON.parse(readFileSync(join(root, `src/gpu/devices/${id}.json`), "utf8")), id);
const percent = (x) => (x === undefined ? "never" : `${(100 * x).toFixed(0)} %`);
const us = (x) => x.toFixed(0);
const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** A residual block of two 3x3 convolutions, on maps of a 224-pixel or a 2048-pixel image. */
const residual = (channels, height, width, batch, block, over = {}) => ({
  name: `${batch} x ${channels} x ${height} x ${width}`,
  batch,
  channels,
  height,
  width,
  block,
  residual: true,
  convs: [
    { channels, kernel: 3 },
    { channels, kernel: 3 },
  ],
  ...over,
});

const boards = ["gtx-1080-ti", "v100-sxm2", "a100-80-pcie", "jetson-tx2"];
const regions = [
  residual(64, 256, 512, 1, 32),
  residual(64, 56, 56, 32, 14),
  residual(128, 28, 28, 32, 7),
  residual(256, 14, 14, 32, 7),
  residual(128, 28, 28, 1, 7),
];

function breakEvens() {
  const rows = regions.flatMap((spec) =>
    boards.map((id) => {
      const region = regionOf(spec, { device: device(id), host: "compiled" });
      const found = breakEven(region);
      const at = (kept) => {
        const p = region.at(Math.ceil(kept * region.blocks));
        return (p.dense.latencyUs / (p.dense.latencyUs - p.promisedUs)).toFixed(2);
      };
      return [
        spec.name,
        spec.block,
        id,
        us(found.denseUs),
        us(found.emptyUs),
        at(0.25),
        at(0.5),
        percent(found.keptFraction),
        found.limiter ?? "",
      ];
    }),
  );
  return table(
    [
      "region",
      "block",
      "device",
      "dense, us",
      "no block active, us",
      "speed-up at 25 %",
      "at 50 %",
      "break-even",
      "beyond it, mostly",
    ],
    rows,
  );
}

function budgets() {
  const rows = [residual(256, 14, 14, 32, 7), residual(512, 14, 14, 8, 2)].flatMap((spec) =>
    ["gtx-1080-ti", "v100-sxm2"].flatMap((id) => {
      const region = regionOf(spec, { device: device(id), host: "compiled" });
      return [0.1, 0.25, 0.4, 0.5].map((kept) => {
        const b = waveBudget(region, Math.ceil(kept * region.blocks));
        return [
          spec.name,
          spec.block,
          id,
          `${b.asked} of ${b.blocks}`,
          b.active,
          b.spare,
          b.waves,
          us(b.askedLatencyUs),
          us(b.latencyUs),
          us(b.denseUs),
          b.verdict,
        ];
      });
    }),
  );
  return table(
    [
      "region",
      "block",
      "device",
      "asked",
      "budget",
      "spare",
      "waves",
      "asked, us",
      "budget, us",
      "dense, us",
      "run",
    ],
    rows,
  );
}

function stage(name, depth, channels, side) {
  const b = new GraphBuilder({ name });
  let x = b.input("x", ["batch", channels, side, side]);
  for (let i = 0; i < depth; i++) {
    const w = b.initializer(`w${i}`, zeros("float32", [channels, channels, 3, 3]));
    x = b.add("Conv", [x, w], { pads: ints(1, 1, 1, 1) }, { name: `conv${i}` });
    x = b.add("Relu", [x], {}, { name: `relu${i}` });
  }
  b.output(x);
  return { name, graph: b.build() };
}

function exits() {
  const stages = [1, 2, 3].map((i) => stage(`stage ${i}`, 4, 128, 28));
  const rows = [1, 8, 32].flatMap((batch) =>
    ["compact", "wait"].map((policy) => {
      const t = earlyExitTime(
        { stages, batch, policy, images: { reach: [1, 0.5, 0.25] } },
        { device: device("v100-sxm2"), host: "compiled" },
      );
      const share = (x) => percent(x / t.denseUs);
      const at = (q) => share(t.quantiles.find((x) => x.q === q).us);
      return [
        batch,
        policy,
        us(t.denseUs),
        percent(t.macsShare),
        share(t.expectedUs),
        at(0.5),
        at(0.99),
        share(t.worstUs),
      ];
    }),
  );
  return table(
    ["batch", "policy", "dense, us", "MACs", "expected time", "median", "99 %", "worst"],
    rows,
  );
}

function reported() {
  return table(["system", "what", "reported", "model"], [...segBlocks(), ...laudNet()]);
}

function segBlocks() {
  const stages = [
    [64, 256, 32],
    [128, 128, 16],
    [256, 64, 8],
    [512, 32, 4],
  ].map(([channels, height, block]) =>
    regionOf(
      residual(channels, height, 2 * height, 1, block, {
        mask: { unit: "given" },
        convs: [1, 2].map(() => ({ channels, kernel: 3, batchNorm: true })),
      }),
      { device: device("gtx-1080-ti"), tuned: true },
    ),
  );
  const sum = (of) => stages.reduce((s, r) => s + of(r), 0);
  const macs = (n) => sum((r) => r.dense.macs) / sum((r) => r.time(n).macs);
  return [
    [1.68, 1.26],
    [2.17, 1.49],
  ].map(([fewer, speedup]) => {
    const n = Array.from({ length: 128 }, (_, i) => i + 1).findLast((k) => macs(k) >= fewer);
    const own = sum((r) => r.dense.latencyUs) / sum((r) => r.time(n).latencyUs);
    return [
      "SegBlocks, SwiftNet-R18, GTX 1080 Ti",
      `${fewer} times fewer MACs`,
      `${speedup} x`,
      `${own.toFixed(2)} x`,
    ];
  });
}

function laudNet() {
  const depth = [3, 4, 23, 3];
  const network = resNet({ block: "bottleneck", blocks: depth });
  const names = network.nodes.map((n) => n.name);
  const share = (blocks, moves, kept) => {
    const plan = {
      regions: depth.flatMap((count, s) =>
        Array.from({ length: count - 1 }, (_, i) => {
          const prefix = `layer${s + 1}.${i + 1}.`;
          const nodes = names.filter((n) => n.startsWith(prefix) && !/conv1|bn1|relu1/.test(n));
          return { name: prefix, block: blocks[s], moves, mask: { unit: "pool-gate" }, nodes };
        }),
      ),
    };
    const options = { device: device("v100-sxm2"), batch: 128, host: "compiled", sync: false };
    const model = new DynamicNetwork(network, plan, options);
    const p = model.predict(model.regions.map((r) => Math.round(kept * r.blocks)));
    return `${(100 * (p.latencyMs / p.dense.latencyMs - 1)).toFixed(0)} %`;
  };
  const row = (blocks, moves, kept, said) => [
    "LAUDNet, ResNet-101, V100",
    `blocks ${blocks.join("-")}, ${percent(kept)} kept, moves ${moves}`,
    said,
    share(blocks, moves, kept),
  ];
  const coarse = [8, 4, 7, 1];
  const pixels = [1, 1, 1, 1];
  return [
    row(coarse, "fused", 0.25, "-36 % at best"),
    row(coarse, "fused", 0.5, "-32 %, read off a plot"),
    row(coarse, "kernels", 0.25, ""),
    row(coarse, "kernels", 0.5, ""),
    row(pixels, "fused", 0.5, "slower than a dense ResNet-50"),
    row(pixels, "kernels", 0.5, ""),
  ];
}

const file = join(root, "docs/dynamic-cost.md");
let text = readFileSync(file, "utf8");
for (const [name, content] of [
  ["break-even", breakEvens()],
  ["budgets", budgets()],
  ["exits", exits()],
  ["reported", reported()],
]) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- end ${name} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${file} has no ${open} ... ${close}`);
  text = `${text.slice(0, from + open.length)}\n\n${content}\n\n${text.slice(to)}`;
}
writeFileSync(file, text);
console.log(`wrote the tables of ${file}`);
