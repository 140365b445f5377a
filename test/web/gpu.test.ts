import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { executablePath, type Opened, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const queryOf = async (page: Page) =>
  Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.split("?")[1] ?? ""));

/** Length of the shown stretch, microseconds. */
const windowOf = async (page: Page): Promise<number> => {
  const [, from, to] = /^(-?[\d.]+)-([\d.]+)$/.exec((await queryOf(page)).t ?? "") ?? [];
  return Number(to) - Number(from);
};

describe.skipIf(executablePath === undefined)("the GPU view", () => {
  let app: Opened;
  let page: Page;

  beforeAll(async () => {
    const store = join(folder.path, "studies.db");
    const spec = resolveSpec({
      ...DEFAULT_STUDY,
      search: { algorithm: "random" },
      budget: { evaluations: 3 },
    });
    await runStudy(spec, { store, workers: 0 });
    app = await openApp(store, "/gpu?network=zoo:resnet18&device=rtx-2080-ti&batch=32");
    page = app.page;
    page.setDefaultTimeout(30_000);
    await page.locator(".timeline canvas").waitFor();
  }, 90_000);

  afterAll(async () => {
    await app?.close();
  }, 30_000);

  it("zooms and moves with W, A, S and D, and the address follows", async () => {
    const timeline = page.locator(".timeline");
    await timeline.click({ position: { x: 600, y: 80 } });
    await page.keyboard.press("w");
    await page.keyboard.press("w");
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain("&t=");
    const near = await windowOf(page);
    const before = (await queryOf(page)).t;
    await page.keyboard.press("d");
    await expect.poll(async () => (await queryOf(page)).t, { timeout: 10_000 }).not.toBe(before);
    expect(await windowOf(page)).toBeCloseTo(near, 1);
    await page.keyboard.press("s");
    await page.keyboard.press("s");
    await page.keyboard.press("s");
    await expect.poll(() => windowOf(page), { timeout: 10_000 }).toBeGreaterThan(near);
    // The wheel zooms what has the focus.
    const far = await windowOf(page);
    await timeline.hover({ position: { x: 500, y: 80 } });
    await page.mouse.wheel(0, -400);
    await expect.poll(() => windowOf(page), { timeout: 10_000 }).toBeLessThan(far);
    await page.keyboard.press("Home");
  }, 60_000);

  it("sums a stretch that a drag selects", async () => {
    const box = (await page.locator(".timeline").boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 85);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 85, { steps: 4 });
    await page.mouse.up();
    const selected = page.getByRole("region", { name: "Selected stretch", exact: true });
    await selected.waitFor();
    expect(await selected.textContent()).toMatch(
      /Selected: [\d.]+ (µs|ms)[\s\S]*(compute|memory|tail|launch) [\d.]+ (µs|ms)/,
    );
    await page.keyboard.press("Escape");
    await selected.waitFor({ state: "detached" });
  }, 60_000);

  it("shows percent of peak, limiter, advice and occupancy of a picked kernel", async () => {
    const table = page.getByRole("region", { name: "Table of kernels" });
    const first = table.locator("tbody tr:not(.space)").first();
    const name = await first.locator("button").textContent();
    await first.locator("button").click();
    const details = page.getByRole("region", { name: "Picked kernel" });
    await details.waitFor();
    const text = await details.textContent();
    expect(text).toContain(name);
    for (const part of [
      /Compute \(SM\) Throughput\s*[\d.]+ %/,
      /DRAM Throughput\s*[\d.]+ %/,
      /Theoretical Occupancy\s*[\d.]+ %/,
      /Limited By\s*(registers|shared memory|warps|blocks)/,

      /Block Limit Registers\s*\d+/,
      /Waves\s*\d+/,
      /Limiter\s*(compute|memory|tail|launch)/,
    ])
      expect(text).toMatch(part);
    expect(await details.locator(".advice-list li").count()).toBeGreaterThan(0);
    expect((await queryOf(page)).kernel).toMatch(/^\d+$/);
    // The next kernel by its key, with the timeline's focus.
    const before = (await queryOf(page)).kernel;
    await page.locator(".timeline").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await queryOf(page)).kernel).toBe(String(Number(before) + 1));
  }, 60_000);

  it("follows a drag of a layer's width", async () => {
    const slider = page.getByRole("slider");
    const svg = page.locator("svg.draggable");
    await svg.scrollIntoViewIfNeeded();
    const now = async () => Number(await slider.getAttribute("aria-valuenow"));
    const before = await now();
    const latency = page.locator(".readout tr", { hasText: "Latency of the layer" });
    const text = await latency.textContent();
    const box = (await svg.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.55, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 100, { steps: 5 });
    await expect.poll(now).toBeLessThan(before);
    expect(await latency.textContent()).not.toBe(text);
    await page.mouse.up();
    const dragged = await now();
    await page.keyboard.press("ArrowRight");
    await expect.poll(now).toBeGreaterThan(dragged);
    await page.keyboard.press("PageUp");
    await expect
      .poll(() => page.locator(".readout .free").textContent())
      .toMatch(/On the edge of a step|No edge/);
    await page.keyboard.press("ArrowLeft");
    await expect
      .poll(() => page.locator(".readout .free").textContent())
      .toMatch(/channels free up to the\s+edge at/);
    await expect.poll(async () => (await queryOf(page)).width).toBe(String(await now()));
  }, 60_000);

  it("saves pictures, tables and a Perfetto trace", async () => {
    const saved = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).click(),
      ]);
      return readFileSync(await download.path());
    };
    for (const title of ["Timeline", "Roofline", "Staircase of a layer"]) {
      expect((await saved(`${title} as PNG`)).subarray(1, 4).toString()).toBe("PNG");
      const svg = (await saved(`${title} as SVG`)).toString();
      expect(svg).toContain("<svg");
      expect(svg).not.toContain("var(--");
      expect((await saved(`${title} as CSV`)).toString().split("\r\n").length).toBeGreaterThan(5);
    }
    const trace = JSON.parse((await saved("Perfetto trace")).toString()) as {
      readonly traceEvents: readonly { readonly cat?: string }[];
    };
    expect(trace.traceEvents.filter((e) => e.cat === "kernel").length).toBeGreaterThan(20);
    expect(trace.traceEvents.some((e) => e.cat === "wave")).toBe(true);
  }, 60_000);

  it("stands two sides side by side and marks only what differs", async () => {
    await page.getByRole("button", { name: "Compare side by side" }).click();
    const compare = page.getByRole("region", { name: "Side by side", exact: true });
    await compare.waitFor();
    // B begins with something that differs, and the button said what.
    expect((await queryOf(page))["b.precision"]).toBeDefined();
    await page.getByRole("group", { name: "B" }).getByLabel("Precision").selectOption("fp16");
    await expect.poll(() => compare.locator(".totals tr.differs").count()).toBeGreaterThan(2);
    expect(await queryOf(page)).toMatchObject({ "b.precision": "fp16" });
    const latency = compare.locator(".totals tr", { hasText: /^Latency\d/ });
    expect(await latency.textContent()).toMatch(/−\d+ %/);
    // What both sides have alike is not marked.
    const details = page.getByRole("region", { name: "Picked kernel" });
    expect(await details.locator("tr.differs").count()).toBeGreaterThan(0);
    expect(await details.locator(".other .muted").count()).toBeGreaterThan(0);
  }, 60_000);

  it("takes a device file, and says what is wrong with one", async () => {
    const input = page.getByRole("group", { name: "A" }).getByLabel("Device file");
    const json = readFileSync(new URL("../../src/gpu/devices/t4.json", import.meta.url), "utf8");
    const own = { ...(JSON.parse(json) as object), id: "my-t4", name: "<i>My T4</i>", aliases: [] };
    const file = (text: string) => ({
      name: "my.json",
      mimeType: "application/json",
      buffer: Buffer.from(text),
    });
    await input.setInputFiles(file("{}"));
    await page.getByRole("alert").filter({ hasText: "my.json" }).waitFor();
    await input.setInputFiles(file(JSON.stringify(own)));
    await expect.poll(async () => (await queryOf(page)).device).toBe("my-t4");
    await page
      .getByRole("region", { name: "What these figures rest on" })
      .getByText("<i>My T4</i>")
      .first()
      .waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  }, 60_000);

  it("has no serious finding of axe, light and dark, wide and narrow", async () => {
    const shows = [
      { scheme: "light", width: 1360 },
      { scheme: "dark", width: 1360 },
      { scheme: "light", width: 700 },
    ] as const;
    for (const { scheme, width } of shows) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(`html[data-theme=${scheme}]`).waitFor({ state: "attached" });
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { run } = (globalThis as unknown as { axe: typeof import("axe-core") }).axe;
        const { violations } = await run({ resultTypes: ["violations"] });
        return violations
          .filter((v) => v.impact === "serious" || v.impact === "critical")
          .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
      });
      expect(found).toEqual([]);
    }
    expect(app.errors).toEqual([]);
  }, 90_000);
});
