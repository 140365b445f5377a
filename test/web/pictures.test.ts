/** Every view over a real study, as docs/serve.md shows it; TIDEMARK_PICTURES=1 writes the pictures there. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { executablePath, type Opened, openApp, temporaryFolder } from "./browser.ts";

const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const ON_SOFTWARE = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Name, address, what is there once the view is ready, height. */
const VIEWS = [
  ["studies", "/studies", "text=nasbench201", 520],
  ["front", "/front/1?pick=3905", "text=15,625 of 15,625 trials shown", 1150],
  ["design", "/design?network=zoo:resnet50&device=rtx-2080-ti&batch=32", "text=GPU busy", 900],
  [
    "gpu",
    "/gpu?network=zoo:resnet50&device=rtx-2080-ti&batch=32",
    "text=equal ones together",
    1000,
  ],
  ["dynamic", "/dynamic", "text=leaves here", 1180],
  ["measure", "/measure", "text=A first look", 1000],
] as const;

const folder = temporaryFolder();
afterAll(folder.remove);

const WRITE = process.env.TIDEMARK_PICTURES === "1";

/** The staircase as far as it has grown by then. */
async function measured(page: Page): Promise<void> {
  await page.getByRole("button", { name: "A first look" }).click();
  await page.locator("main section.plot svg").first().waitFor({ timeout: 60_000 });
  if (WRITE) await page.waitForTimeout(45_000);
}

describe.skipIf(executablePath === undefined)("every view", () => {
  let app: Opened;
  beforeAll(async () => {
    const store = join(folder.path, "studies.db");
    await runStudy(resolveSpec(DEFAULT_STUDY), { store, workers: 0 });
    const search = { algorithm: "nsga2", population: 50 };
    const budget = { evaluations: 1000 };
    const searched = resolveSpec({ ...DEFAULT_STUDY, name: "nasbench201-nsga2", search, budget });
    await runStudy(searched, { store, workers: 0 });
    app = await openApp(store, "/studies", ON_SOFTWARE);
  }, 180_000);
  afterAll(() => app?.close());

  it.each(VIEWS)(
    "%s is shown without an error",
    { timeout: 120_000 },
    async (name, path, ready, height) => {
      const { page, errors } = app;
      await page.setViewportSize({ width: 1280, height });
      await page.goto(`${app.server.url}#${path}`);
      await page.locator(ready).first().waitFor({ timeout: 90_000 });
      if (name === "measure") await measured(page);
      // Canvases are drawn in the frames after what says that they are ready.
      await page.waitForTimeout(1500);
      const picture = sharp(await page.screenshot());
      const { channels } = await picture.stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(8);
      expect(errors).toEqual([]);
      expect(await page.locator("[role=alert]").count()).toBe(0);
      if (WRITE)
        await picture
          .png({ palette: true, colours: 128, effort: 8 })
          .toFile(`${PICTURES}web-${name}.png`);
    },
  );
});
