// The Design view in chromium: DenseNet-121 dropped on the page until it is shown with its costs, and
// panning a network of 10,000 nodes with every block open, at three zooms. Frame times are from one
// animation frame to the next while the picture moves; an empty page's are measured beside them, since a
// busy machine delays those as well.
//   node scripts/build.mjs && node bench/web-design.mjs [--rounds N] [--out bench/results/web-design.json]
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { GraphBuilder } from "../dist/graph/builder.js";
import { zeros } from "../dist/graph/tensor.js";
import { writeOnnx } from "../dist/onnx/index.js";
import { startServer } from "../dist/server/index.js";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../dist/study/index.js";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, out: { type: "string" } },
});
const rounds = Number(flags.rounds);
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
const store = join(folder, "studies.db");
await runStudy(
  resolveSpec({
    ...DEFAULT_STUDY,
    search: { algorithm: "random" },
    budget: { evaluations: 10 },
  }),
  { store, workers: 0 },
);
const server = await startServer({ store, port: 0, web: join(root, "dist/web/") });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
});
const page = await (await browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();

/** Blocks of four branches, joined; 64 blocks a stage. */
function inception(nodes) {
  const b = new GraphBuilder({ name: "inception-like", opset: 17 });
  let x = b.input("input", ["batch", 32, 56, 56]);
  const weight = b.initializer("w", zeros("float32", [8, 32, 1, 1]));
  const wide = b.initializer("w3", zeros("float32", [8, 8, 3, 3]));
  const per = 13;
  for (let i = 0; i < Math.floor(nodes / per); i++) {
    const at = `stage${Math.floor(i / 64)}/block${i}`;
    const branches = [0, 1, 2, 3].map((k) => {
      let y = b.add("Conv", [x, weight], {}, { name: `${at}/branch${k}/conv/Conv` });
      y = b.add("Relu", [y], {}, { name: `${at}/branch${k}/relu/Relu` });
      return k % 2 === 0
        ? y
        : b.add(
            "Conv",
            [y, wide],
            { pads: { kind: "ints", value: [1, 1, 1, 1] } },
            { name: `${at}/branch${k}/wide/Conv` },
          );
    });
    x = b.add("Concat", branches, { axis: { kind: "int", value: 1 } }, { name: `${at}/Concat` });
    if (i % 8 === 7) x = b.add("Relu", [x], {}, { name: `${at}/Relu` });
    else x = b.add("Sigmoid", [x], {}, { name: `${at}/Sigmoid` });
    x = b.add("Tanh", [x], {}, { name: `${at}/Tanh` });
  }
  b.output(x);
  return b.build();
}

/** Drops a file; milliseconds from the drop until the graph is drawn with costs. */
async function drop(name, bytes) {
  await page.goto("about:blank");
  await page.goto(`${server.url}#/design`);
  await page.waitForFunction(() => document.querySelector(".design .picker") !== null);
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some((e) => e.name.endsWith("/api/devices")),
  );
  await page.waitForTimeout(300);
  const handle = await page.evaluateHandle((b64) => {
    const text = atob(b64);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }, Buffer.from(bytes).toString("base64"));
  return page.evaluate(
    ([data, file]) =>
      new Promise((done) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([data], file));
        const from = performance.now();
        document.body.dispatchEvent(
          new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
        );
        const look = () => {
          const canvas = document.querySelector(".graph-canvas canvas");
          if (canvas?.dataset.costs === "yes") done(performance.now() - from);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [handle, name],
  );
}

/** Drags the picture for `frames` frames; milliseconds between frames. */
const drag = (frames) =>
  page.evaluate(
    (count) =>
      new Promise((done) => {
        const host = document.querySelector(".graph-canvas");
        const box = host.getBoundingClientRect();
        const at = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        const event = (type, dy) =>
          host.dispatchEvent(
            new PointerEvent(type, {
              bubbles: true,
              button: 0,
              buttons: 1,
              pointerId: 1,
              clientX: at.x,
              clientY: at.y + dy,
            }),
          );
        host.setPointerCapture = () => {};
        event("pointerdown", 0);
        const intervals = [];
        let last = performance.now();
        let moved = 0;
        const step = () => {
          const now = performance.now();
          intervals.push(now - last);
          last = now;
          if (intervals.length > count) {
            event("pointerup", moved);
            done(intervals.slice(1));
            return;
          }
          moved -= 9;
          event("pointermove", moved);
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    frames,
  );

const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];
const p95 = (xs) => xs.toSorted((a, b) => a - b)[Math.ceil(xs.length * 0.95) - 1];
const round = (x) => Number(x.toFixed(1));

const densenetPath = join(root, "../shared/data/models/densenet121.onnx.gz");
const result = { what: "the Design view in chromium, 1360 x 900", rounds };
result.loadBefore = loadavg()[0];
if (existsSync(densenetPath)) {
  const file = gunzipSync(readFileSync(densenetPath));
  const times = [];
  for (let i = 0; i < rounds; i++) times.push(await drop("densenet121.onnx", file));
  result.densenet121 = {
    megabytes: round(file.length / 1e6),
    droppedToShownMs: { median: round(median(times)), least: round(Math.min(...times)) },
    goalMs: 1500,
  };
}
const large = inception(10_000);
const bytes = writeOnnx(large);
const shownMs = await drop("inception-like.onnx", bytes);
const openedFrom = Date.now();
await page.getByRole("button", { name: "Open all" }).click();
await page.waitForFunction(
  (n) => Number(document.querySelector(".graph-canvas canvas").dataset.boxes) >= n,
  large.nodes.length,
  { timeout: 120_000 },
);
result.tenThousand = {
  nodes: large.nodes.length,
  droppedToShownMs: round(shownMs),
  openedMs: Date.now() - openedFrom,
  pan: {},
};
for (const [zoom, clicks] of [
  ["readable", 0],
  ["a sixth of it", 8],
  ["everything", -1],
]) {
  if (clicks < 0) await page.getByRole("button", { name: "Fit" }).click();
  for (let i = 0; i < clicks; i++) await page.getByRole("button", { name: "Zoom out" }).click();
  await page.waitForTimeout(500);
  const all = [];
  const each = [];
  for (let i = 0; i < rounds; i++) {
    const intervals = await drag(120);
    all.push(...intervals);
    each.push(p95(intervals));
  }
  result.tenThousand.pan[zoom] = {
    medianMs: round(median(all)),
    p95Ms: round(p95(all)),
    bestRoundP95Ms: round(Math.min(...each)),
  };
}
// What the machine alone does to frames, with nothing drawn: the floor under the figures above.
await page.goto("about:blank");
const idle = await page.evaluate(
  () =>
    new Promise((done) => {
      const out = [];
      let last = performance.now();
      const step = () => {
        const now = performance.now();
        out.push(now - last);
        last = now;
        if (out.length > 240) done(out.slice(1));
        else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }),
);
result.emptyPage = { medianMs: round(median(idle)), p95Ms: round(p95(idle)) };
result.loadAfter = loadavg()[0];
result.machine = `${cpus().length} x ${cpus()[0].model}`;
await browser.close();
await server.close();
rmSync(folder, { recursive: true });
if (flags.out !== undefined) {
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(result, null, 2)}\n`);
}
console.log(JSON.stringify(result, null, 2));
process.exit(0);
