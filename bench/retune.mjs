// What retune reaches on the four networks in ../shared/data/models, under each of its goals and limits.
// `node scripts/build.mjs && node bench/retune.mjs` writes bench/results/retune.json and prints the table
// of docs/results.md. Predicted times on both sides: nothing is measured on a GPU here.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = process.env.TIDEMARK_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const { openOnnx } = await import(`${dist}/onnx/index.js`);
const { parseDevice } = await import(`${dist}/gpu/device.js`);
const { diagnose } = await import(`${dist}/gpu/widths/diagnosis.js`);
const { WidthModel } = await import(`${dist}/gpu/widths/model.js`);
const { retune } = await import(`${dist}/gpu/widths/retune.js`);
const { stagesOf } = await import(`${dist}/gpu/widths/stages.js`);

const none = { macs: 1, params: 0, capacity: 0 };
/** The default; layers closer to what they were; less time; wider only; as crude as can be asked for. */
const GOALS = {
  latency: { goal: { keep: "latency" } },
  near: { goal: { keep: "latency" }, range: { narrowest: 0.75, widest: 1.5 } },
  capacity: { goal: { keep: "capacity" } },
  macs: { goal: { keep: "macs" } },
  wideningOnly: { goal: { keep: "latency" }, range: { narrowest: 1, widest: 2 } },
  unlimited: { goal: { keep: "latency" }, floors: none },
};

function found(model, options) {
  const { widths, ...search } = retune(model, options);
  const ratio = (of) => of(widths) / of(model.widths);
  return {
    ratios: {
      macs: ratio((w) => model.macs(w)),
      params: ratio((w) => model.params(w)),
      capacity: model.capacity(widths),
      latency: ratio((w) => model.timeline(w).latencyUs),
    },
    stages: stagesOf(model, widths),
    search,
  };
}

const percent = (ratio) => `${ratio >= 1 ? "+" : "−"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
const gap = ({ search }) => (search.optimal ? "0" : `${(100 * search.bound.gap).toFixed(1)} %`);
const sizes = ({ ratios }) =>
  [ratios.macs, ratios.params, ratios.capacity].map((r) => r.toFixed(2)).join(" / ");

const rows = [];
console.log(
  "| network | device | batch | host | bound | latency, ms | same time: MACs / params / width | gap | widths 0.75 to 1.5 | same size: time | same MACs: time | widening alone: MACs |",
);
console.log("|---|---|---:|---|---|---:|---|---:|---|---:|---:|---:|");
for (const name of ["resnet18", "vgg16", "mobilenet_v2", "densenet121"]) {
  const file = new URL(`../../shared/data/models/${name}.onnx.gz`, import.meta.url);
  const { graph } = openOnnx(fileURLToPath(file));
  for (const id of ["titan-v", "rtx-2080-ti"]) {
    const device = parseDevice(JSON.parse(readFileSync(`${dist}/gpu/devices/${id}.json`, "utf8")));
    for (const batch of [1, 8])
      for (const host of ["eager", "cuda-graph"]) {
        const options = { device, batch, host };
        const model = new WidthModel(graph, options);
        const goals = Object.fromEntries(
          Object.entries(GOALS).map(([goal, wanted]) => [goal, found(model, wanted)]),
        );
        const { bound, advice } = diagnose(graph, options);
        const latencyMs = model.timeline(model.widths).latencyUs / 1000;
        rows.push({ network: name, device: id, batch, host, bound, latencyMs, ...goals, advice });
        const { latency: more, near, capacity, macs, wideningOnly } = goals;
        console.log(
          `| ${name} | ${id} | ${batch} | ${host} | ${bound} | ${latencyMs.toFixed(2)} | ${sizes(more)} | ${gap(more)} | ${sizes(near)} | ${percent(capacity.ratios.latency)} | ${percent(macs.ratios.latency)} | ${percent(wideningOnly.ratios.macs)} |`,
        );
      }
  }
}
const out = new URL("results/retune.json", import.meta.url);
writeFileSync(out, `${JSON.stringify(rows, null, 1)}\n`);
