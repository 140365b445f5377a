// The web app in Debian's chromium, without a GPU and without SwiftShader, over stores that this script
// builds: the list of 100 studies, 100,000 trials opened, panned and zoomed; and, as the limit to beat,
// the same trials drawn by a loop of arc() for each frame.
//   node scripts/build.mjs && node bench/web-front.mjs [--rounds 5] [--out bench/results/web-front.json]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { startServer } from "../dist/server/index.js";
import { concatBlocks } from "../dist/study/block.js";
import {
  DEFAULT_STUDY,
  openReader,
  openWriter,
  resolveSpec,
  runStudy,
} from "../dist/study/index.js";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, out: { type: "string" } },
});
const rounds = Number(flags.rounds);
const TRIALS = 100_000;
const STUDIES = 100;
/** Frames of one drag or one zoom. */
const FRAMES = 240;
const VIEWPORT = { width: 1360, height: 900 };

const folder = mkdtempSync(join(tmpdir(), "tidemark-web-front-"));
const log = (text) => process.stderr.write(`${text}\n`);
const quantile = (xs, q) => {
  const sorted = xs.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
};
const median = (xs) => quantile(xs, 0.5);
const rounded = (x) => Math.round(x * 100) / 100;

/** Random studies of NAS-Bench-201, 60 designs each. */
async function manyStudies() {
  const store = join(folder, "many.db");
  for (let seed = 1; seed <= STUDIES; seed++)
    await runStudy(
      resolveSpec({
        ...DEFAULT_STUDY,
        name: `random ${seed}`,
        search: { algorithm: "random" },
        budget: { evaluations: 60 },
        seed,
      }),
      { store, workers: 0 },
    );
  return store;
}

const DATASETS = ["cifar10", "cifar100", "imagenet16"];
const DEVICES = ["rtx-2080-ti", "t4", "rtx-3090"];

/**
 * All 15,625 networks of NAS-Bench-201 on so many pairs of data set and device, each an exhaustive study
 * of its own; their trials, put together, are the first 100,000 of one study.
 */
async function oneLargeStudy() {
  const store = join(folder, "large.db");
  const parts = join(folder, "parts.db");
  const blocks = [];
  let record;
  for (const device of DEVICES)
    for (const dataset of DATASETS) {
      if (blocks.length * 15_625 >= TRIALS) break;
      const spec = structuredClone(DEFAULT_STUDY);
      spec.space = { ...spec.space, dataset };
      spec.objectives = spec.objectives.map((o) =>
        o.name === "latency_ms" ? { ...o, device } : o,
      );
      const run = await runStudy(resolveSpec({ ...spec, name: `${dataset} ${device}` }), {
        store: parts,
        workers: 0,
      });
      const reader = openReader(parts);
      record ??= reader.study(run.id);
      blocks.push(reader.trials(run.id));
      reader.close();
    }
  const whole = concatBlocks(blocks);
  if (whole.count < TRIALS) throw new Error(`${whole.count} trials`);
  const { objectives, constraints, notes } = record;
  const writer = openWriter(store);
  const owned = writer.create({
    name: "nine exhaustive studies",
    spec: record.spec,
    meta: { objectives, constraints, notes, size: null },
  });
  for (let from = 0; from < TRIALS; from += 4000) {
    const to = Math.min(TRIALS, from + 4000);
    const cut = (column) => ({ ...column, data: column.data.slice(from, to) });
    owned.append({
      count: to - from,
      states: whole.states.slice(from, to),
      design: whole.design.map(cut),
      values: whole.values.map(cut),
      errors: new Map(),
    });
  }
  owned.release("finished");
  writer.close();
  const distinct = new Set(
    Array.from({ length: TRIALS }, (_, i) => whole.values.map((c) => c.data[i]).join(" ")),
  ).size;
  return { store, studies: blocks.length, distinct };
}

const launch = (extra = []) =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", ...extra],
  });

/** Reads the processor time that the page's own thread has used, ms: other work does not change it. */
async function threadClock(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "ThreadTime").value;
  };
}

/** Sets `window.shownAt`, ms since the page was asked for, two frames after `selector` is there. */
const watchFor = (selector) => {
  const look = () => {
    if (document.querySelector(selector) === null) return requestAnimationFrame(look);
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        window.shownAt = performance.now();
      }),
    );
  };
  requestAnimationFrame(look);
};

async function firstView(browser, url, selector) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await page.addInitScript(watchFor, selector);
  await page.goto(url);
  await page.waitForFunction(() => window.shownAt !== undefined, undefined, { timeout: 60_000 });
  const ms = await page.evaluate(() => window.shownAt);
  return { page, context, ms };
}

/** Frame to frame while the plot is dragged or zoomed by one pointer event in each frame. */
const gesture = async ({ kind, frames }) => {
  const stage = document.querySelector(".front-view .stage");
  const { left, top, width, height } = stage.getBoundingClientRect();
  const centre = [left + width / 2, top + height / 2];
  const fire = (type, x, y, more = {}) =>
    stage.dispatchEvent(
      new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, bubbles: true, ...more }),
    );
  // What a script makes up has no pointer to capture.
  stage.setPointerCapture = () => {};
  const frame = () => new Promise(requestAnimationFrame);
  const intervals = [];
  let last = await frame();
  if (kind === "pan") fire("pointerdown", ...centre, { button: 0 });
  for (let i = 1; i <= frames; i++) {
    const angle = (2 * Math.PI * i) / 80;
    if (kind === "pan")
      fire(
        "pointermove",
        centre[0] + 0.45 * width * Math.sin(angle),
        centre[1] + 0.35 * height * Math.sin(1.5 * angle),
      );
    else
      stage.dispatchEvent(
        new WheelEvent("wheel", {
          clientX: centre[0],
          clientY: centre[1],
          deltaY: 40 * Math.cos(angle),
          bubbles: true,
          cancelable: true,
        }),
      );
    const now = await frame();
    intervals.push(now - last);
    last = now;
  }
  if (kind === "pan") fire("pointerup", ...centre, { button: 0 });
  return intervals;
};

/** The same trials, each a filled arc in each frame. */
const naive = async ({ frames, study }) => {
  const bytes = await (await fetch(`./api/studies/${study}/trials?from=0`)).arrayBuffer();
  const view = new DataView(bytes);
  const size = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, size)));
  const padded = (n) => (n + 7) & ~7;
  let at = padded(8 + size) + padded(header.count);
  const columns = [];
  for (const { role, labels } of header.columns) {
    const bytesOf = padded(header.count * (labels ? 4 : 8));
    if (role === "value") columns.push(new Float64Array(bytes, at, header.count));
    at += bytesOf;
  }
  const stage = document.querySelector(".front-view .stage canvas");
  const canvas = document.createElement("canvas");
  canvas.width = stage.width;
  canvas.height = stage.height;
  canvas.style = "position:fixed;inset:0;z-index:9";
  document.body.append(canvas);
  const context = canvas.getContext("2d");
  const scaled = columns.slice(0, 2).map((column) => {
    const low = column.reduce((a, b) => Math.min(a, b));
    const high = column.reduce((a, b) => Math.max(a, b));
    return column.map((x) => (x - low) / (high - low));
  });
  const frame = () => new Promise(requestAnimationFrame);
  const intervals = [];
  let last = await frame();
  for (let i = 0; i < frames; i++) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "rgba(96, 125, 143, 0.3)";
    for (let row = 0; row < header.count; row++) {
      context.beginPath();
      const x = scaled[0][row] * canvas.width + 20 * Math.sin(i / 10);
      context.arc(x, (1 - scaled[1][row]) * canvas.height, 1.2, 0, 2 * Math.PI);
      context.fill();
    }
    const now = await frame();
    intervals.push(now - last);
    last = now;
  }
  canvas.remove();
  return intervals;
};

log("building the stores");
const many = await manyStudies();
const large = await oneLargeStudy();
const servers = {
  many: await startServer({ store: many, port: 0 }),
  large: await startServer({ store: large.store, port: 0 }),
};
const results = { listMs: [], openMs: [], openFromListMs: [] };
const thread = { panPerFrameMs: [], zoomPerFrameMs: [], openFromListMs: [] };
const frames = { pan: [], zoom: [], panAt60: [], zoomAt60: [], naive: [] };
const loads = [];
const SHARP = '.front-view .stage[aria-busy="false"]';
for (let round = 0; round < rounds; round++) {
  loads.push(loadavg()[0]);
  for (const at60 of [true, false]) {
    const browser = await launch(at60 ? [] : ["--disable-frame-rate-limit", "--disable-gpu-vsync"]);
    if (at60) {
      const row = `table.rows tbody tr:nth-child(${STUDIES})`;
      const listed = await firstView(browser, `${servers.many.url}#/studies`, row);
      results.listMs.push(listed.ms);
      await listed.context.close();
      const before = await firstView(browser, `${servers.large.url}#/studies`, "table.rows tr");
      const used = await threadClock(before.page);
      const idle = await used();
      results.openFromListMs.push(
        await before.page.evaluate(async (selector) => {
          const began = performance.now();
          location.hash = "#/front/1";
          while (document.querySelector(selector) === null)
            await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          return performance.now() - began;
        }, SHARP),
      );
      thread.openFromListMs.push((await used()) - idle);
      await before.context.close();
    }
    const opened = await firstView(browser, `${servers.large.url}#/front/1`, SHARP);
    if (at60) results.openMs.push(opened.ms);
    const used = await threadClock(opened.page);
    // Histories and the other plots are done by then.
    await opened.page.waitForTimeout(2500);
    const suffix = at60 ? "At60" : "";
    for (const kind of ["pan", "zoom"]) {
      // Closer, so that there is somewhere to go.
      await opened.page.locator(".stage").first().focus();
      for (let i = 0; i < 3; i++) await opened.page.keyboard.press("+");
      await opened.page.waitForTimeout(500);
      const idle = await used();
      frames[kind + suffix].push(await opened.page.evaluate(gesture, { kind, frames: FRAMES }));
      if (at60) thread[`${kind}PerFrameMs`].push(((await used()) - idle) / FRAMES);
      await opened.page.keyboard.press("0");
      await opened.page.waitForTimeout(500);
    }
    if (!at60) frames.naive.push(await opened.page.evaluate(naive, { frames: 12, study: 1 }));
    await browser.close();
  }
  log(`round ${round + 1} of ${rounds}`);
}
for (const server of Object.values(servers)) await server.close();
rmSync(folder, { recursive: true });

/** Medians over the rounds of each round's quantiles. */
const summary = (list) => ({
  p50Ms: rounded(median(list.map((xs) => quantile(xs, 0.5)))),
  p95Ms: rounded(median(list.map((xs) => quantile(xs, 0.95)))),
  worstMs: rounded(Math.max(...list.flat())),
});
const times = Object.fromEntries(
  Object.entries(results).map(([name, xs]) => [
    name,
    { median: rounded(median(xs)), least: rounded(Math.min(...xs)), all: xs.map(rounded) },
  ]),
);
const result = {
  what: {
    list: `${STUDIES} studies of NAS-Bench-201, random search, 60 trials each`,
    large: `${TRIALS} trials: ${large.studies} exhaustive studies of NAS-Bench-201's 15,625 networks (data sets ${DATASETS.join(", ")}; devices ${DEVICES.join(", ")}) put together; ${large.distinct} different points`,
    open: "ms from navigation, and from a change of the address, to two frames after the cloud is sharp",
    frames: `${FRAMES} frames of one pointer event each; ms from frame to frame, without a limit of the frame rate, and at 60 Hz; medians of each round's quantiles`,
    naive: "the same points, arc() and fill() for each, in each frame",
  },
  rounds,
  threadNote:
    "processor time of the page's own thread, at 60 Hz: to be compared with 16.7 ms a frame",
  thread: Object.fromEntries(
    Object.entries(thread).map(([name, xs]) => [
      name,
      { median: rounded(median(xs)), all: xs.map(rounded) },
    ]),
  ),
  viewport: VIEWPORT,
  times,
  frames: Object.fromEntries(Object.entries(frames).map(([name, list]) => [name, summary(list)])),
  machine: { cpu: cpus()[0].model, cores: cpus().length, gpu: "none: --disable-gpu" },
  load: { note: "shared machine, other work beside it", oneMinute: loads.map(rounded) },
};
if (flags.out !== undefined) {
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(result, null, 2)}\n`);
}
console.log(JSON.stringify(result, null, 2));
process.exit(0);
