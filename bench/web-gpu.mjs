// How fast the GPU view follows in a browser: drags of a layer's width and zooms of the timeline, from
// the input to the frame that shows it, in Debian's chromium with canvas in software.
//   node bench/web-gpu.mjs [--out bench/results/web-gpu.json] [--network resnet50] [--drags 6]
// Needs `npm run build`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    network: { type: "string", default: "resnet50" },
    device: { type: "string", default: "rtx-2080-ti" },
    batch: { type: "string", default: "32" },
    drags: { type: "string", default: "6" },
  },
});
const dist = resolve(import.meta.dirname, "../dist");
const { startServer } = await import(join(dist, "server/index.js"));
const { DEFAULT_STUDY, resolveSpec, runStudy } = await import(join(dist, "study/index.js"));

const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
const store = join(folder, "studies.db");
await runStudy(
  resolveSpec({ ...DEFAULT_STUDY, search: { algorithm: "random" }, budget: { evaluations: 3 } }),
  { store, workers: 0 },
);
const server = await startServer({ store, port: 0, web: join(dist, "web/") });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  // From the event's own time to the task after the frame in which the page has drawn it.
  await page.addInitScript(() => {
    globalThis.samples = [];
    const measure = ({ timeStamp }) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => globalThis.samples.push(performance.now() - timeStamp);
        port2.postMessage(0);
      });
    for (const type of ["pointermove", "wheel", "keydown"])
      addEventListener(type, (event) => globalThis.measuring === type && measure(event), true);
  });
  const { network, device, batch } = values;
  const at = `/gpu?network=zoo:${network}&device=${device}&batch=${batch}`;
  const started = performance.now();
  await page.goto(`${server.url}#${at}`);
  await page.locator("svg.draggable").waitFor();
  const openMs = performance.now() - started;
  const loadBefore = loadavg();

  const measured = async (type, act) => {
    await page.evaluate((t) => {
      globalThis.samples = [];
      globalThis.measuring = t;
    }, type);
    await act();
    await page.waitForTimeout(200);
    const samples = await page.evaluate(() => {
      globalThis.measuring = undefined;
      return globalThis.samples;
    });
    return summary(samples);
  };

  const svg = page.locator("svg.draggable");
  await svg.scrollIntoViewIfNeeded();
  const box = await svg.boundingBox();
  const points = Number(await page.locator(".staircase rect").count());
  const drag = await measured("pointermove", async () => {
    const y = box.y + 120;
    for (let i = 0; i < Number(values.drags); i++) {
      const [from, to] = i % 2 === 0 ? [0.12, 0.95] : [0.95, 0.12];
      await page.mouse.move(box.x + from * box.width, y);
      await page.mouse.down();
      await page.mouse.move(box.x + to * box.width, y, { steps: 60 });
      await page.mouse.up();
    }
  });

  const timeline = page.locator(".timeline");
  await timeline.scrollIntoViewIfNeeded();
  await timeline.click({ position: { x: 600, y: 90 } });
  const zoom = await measured("wheel", async () => {
    for (let i = 0; i < 80; i++) await page.mouse.wheel(0, i % 40 < 20 ? -120 : 120);
  });
  await page.keyboard.press("Home");
  const pan = await measured("pointermove", async () => {
    const at = await timeline.boundingBox();
    for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -120);
    await page.keyboard.down("Shift");
    await page.mouse.move(at.x + 300, at.y + 90);
    await page.mouse.down();
    await page.mouse.move(at.x + 1100, at.y + 90, { steps: 90 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
  });

  const result = {
    what: "input to frame in chromium, milliseconds",
    command: `node bench/web-gpu.mjs --network ${network} --device ${device} --batch ${batch}`,
    browser: `chromium ${browser.version()}`,
    loadavg: { before: loadBefore, after: loadavg() },
    openMs: round(openMs),
    kernels: Number(/(\d+) kernels/.exec(await timeline.getAttribute("aria-label"))?.[1]),
    staircase: { ...drag, bars: points, goalMs: 50 },
    timelineZoom: zoom,
    timelinePan: pan,
  };
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  process.stdout.write(text);
  if (values.out !== undefined) writeFileSync(values.out, text);
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { samples: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), worstMs: at(1) };
}

function round(x) {
  return Math.round(x * 10) / 10;
}
