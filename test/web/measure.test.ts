import { readFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { parseDevice } from "../../src/gpu/device.ts";
import { MEASUREMENT_COLUMNS } from "../../src/gpu/measure/index.ts";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { problemsInBothColours } from "./axe.ts";
import { executablePath, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

async function emptyStore(): Promise<string> {
  const store = join(folder.path, "studies.db");
  const spec = resolveSpec({
    ...DEFAULT_STUDY,
    search: { algorithm: "random" },
    budget: { evaluations: 2 },
  });
  await runStudy(spec, { store, workers: 0 });
  return store;
}

async function saved(page: Page, button: string | RegExp): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}

/** SwiftShader, WebGPU in software, comes with chromium. */
const SOFTWARE = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

describe.skipIf(executablePath === undefined)("the Measure view", { timeout: 180_000 }, () => {
  it("measures to the end, or is stopped, and keeps what it has", async () => {
    const app = await openApp(await emptyStore(), "/measure", SOFTWARE);
    const { page, errors } = app;
    try {
      expect(await problemsInBothColours(page)).toEqual([]);
      const status = page.getByRole("status");
      await page.getByRole("button", { name: "The full measurement" }).click();
      await status.filter({ hasText: /: [1-9]\d* measured/ }).waitFor({ timeout: 90_000 });
      await page.getByRole("button", { name: "Stop" }).click();
      await status.filter({ hasText: /^Stopped; \d+ measurements are kept/ }).waitFor();
      const { data } = Papa.parse<Record<string, string>>(
        await saved(page, "Save measurements (CSV)"),
        { header: true, skipEmptyLines: true },
      );
      expect(Object.keys(data[0]!)).toEqual(MEASUREMENT_COLUMNS.map(({ key }) => key));
      expect(Number(data[0]!.medianUs)).toBeGreaterThan(0);

      await page.getByRole("button", { name: "A first look" }).click();
      await page.getByText("a rasteriser in software").waitFor({ timeout: 60_000 });
      await status.filter({ hasText: /^Done/ }).waitFor({ timeout: 120_000 });
      const points = await page
        .locator("[data-points]")
        .evaluateAll((plots) => plots.map((plot) => Number(plot.getAttribute("data-points"))));
      expect(points).toHaveLength(4);
      expect(Math.min(...points)).toBeGreaterThan(2);
      const device = parseDevice(JSON.parse(await saved(page, /^Save .*\.json$/)));
      expect(device.id).toContain("measured");
      expect(device.figures.fp32Tflops!.value).toBeGreaterThan(0);
      expect(device.notes.join(" ")).toContain("CPU rasteriser");
      await saved(page, "Width of a product as SVG");
      expect(await problemsInBothColours(page)).toEqual([]);
      expect(errors).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it("says what to do without WebGPU", async () => {
    const flags = ["--disable-features=WebGPU,WebGPUService", "--disable-gpu"];
    const app = await openApp(await emptyStore(), "/measure", flags);
    const { page } = app;
    try {
      await page.getByRole("button", { name: "A first look" }).click();
      const alert = page.getByRole("alert");
      await alert.waitFor({ timeout: 60_000 });
      expect(await alert.textContent()).toMatch(/WebGPU.*npx tidemark measure/s);
    } finally {
      await app.close();
    }
  });
});
