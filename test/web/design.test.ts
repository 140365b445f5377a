import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { float } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { writeOnnx } from "../../src/onnx/index.ts";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { sharedPath } from "../shared.ts";
import { executablePath, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const resnet = sharedPath("data/models/resnet18.onnx.gz");

async function aStore(): Promise<string> {
  const store = join(folder.path, "studies.db");
  const spec = resolveSpec({
    ...DEFAULT_STUDY,
    search: { algorithm: "random" },
    budget: { evaluations: 5 },
  });
  await runStudy(spec, { store, workers: 0 });
  return store;
}

/** Scripts for the page are text: the tests' own types have no DOM. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const [file, base64] = [JSON.stringify(name), Buffer.from(bytes).toString("base64")];
  await page.evaluate(`{
    const data = Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([data], ${file}));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }`);
}

const canvas = ".graph-canvas canvas";
const withCosts = (page: Page) => page.locator(`${canvas}[data-costs=yes]`).waitFor();
const boxes = async (page: Page) => Number(await page.locator(canvas).getAttribute("data-boxes"));
const patient = { timeout: 60_000 };
const moreThan = (page: Page, n: number) =>
  expect.poll(() => boxes(page), patient).toBeGreaterThan(n);
const fewerThan = (page: Page, n: number) =>
  expect.poll(() => boxes(page), patient).toBeLessThan(n);
/** What the canvas shows, as its mean colour. */
const colour = (page: Page) =>
  page.evaluate(`{
    const from = document.querySelector("${canvas}");
    const { data } = from.getContext("2d").getImageData(0, 0, from.width, from.height);
    data.reduce((sum, x) => sum + x, 0) / data.length;
  }`);

async function seriousViolations(page: Page): Promise<string[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  // An isolated world: the page's content security policy forbids other scripts.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
  });
  await session.send("Runtime.evaluate", { expression: `${source};0`, contextId });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document).then((r) => JSON.stringify(r.violations))",
    contextId,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const violations = JSON.parse(String(result.value)) as {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

it.skipIf(executablePath === undefined || resnet === undefined)(
  "shows a dropped file as blocks with costs, kernels and advice, and sends nothing",
  { timeout: 120_000 },
  async () => {
    const app = await openApp(await aStore(), "/design");
    const { page, errors } = app;
    try {
      page.setDefaultTimeout(60_000);
      await page.locator(".design .picker").waitFor();
      // Everything that is loaded later is loaded by a first network.
      await page.getByLabel("Network", { exact: true }).fill("mlp");
      await page.keyboard.press("Enter");
      await withCosts(page);

      const requests: string[] = [];
      page.on("request", (request) => {
        // Chromium asks for the page's icon anew when the address changes; nothing goes with it.
        const icon = /\/assets\/icon-[\w-]+\.svg$/.test(request.url());
        if (!icon || request.postData() !== null) requests.push(request.url());
      });
      await drop(page, "resnet18.onnx.gz", readFileSync(resnet!));
      await page.locator(".picker strong", { hasText: "resnet18.onnx.gz" }).waitFor();
      await page.locator("dd", { hasText: "11.7 M" }).waitFor();
      await expect.poll(() => page.url(), patient).toContain("at=");
      await withCosts(page);

      // Folding and opening.
      const begin = await boxes(page);
      expect(begin).toBeGreaterThan(8);
      await page.getByRole("button", { name: "Open all" }).click();
      await moreThan(page, begin);
      await page.getByRole("button", { name: "Fold all" }).click();
      await fewerThan(page, begin);
      const folded = await boxes(page);
      // By keys: from the input down to the first block, which Enter opens and folds again.
      await page.locator(".graph-canvas").focus();
      const details = page.locator(".details");
      for (let i = 0; i < 9; i++) {
        if (((await details.textContent()) ?? "").startsWith("Block layer1")) break;
        await page.keyboard.press("ArrowDown");
        await page.waitForTimeout(60);
      }
      await details.getByRole("heading", { name: /Block layer1/ }).waitFor();
      await page.keyboard.press("Enter");
      await moreThan(page, folded);
      await page.keyboard.press("Enter");
      await fewerThan(page, folded + 1);
      await page.keyboard.press("Escape");
      await details.getByRole("heading", { name: "The network" }).waitFor();

      // Colours.
      const before = await colour(page);
      await page.locator(".plot-head select").selectOption("params");
      await page.locator(".legend", { hasText: "Parameters" }).waitFor();
      await page.waitForTimeout(200);
      expect(await colour(page)).not.toBe(before);
      expect(page.url()).toContain("cost=params");

      // A node: found by name, opened, with its kernel, limiter and advice.
      await page.keyboard.press("/");
      await page.keyboard.type("layer4.1/conv2");
      await page.keyboard.press("Enter");
      await details.getByRole("heading", { name: /^Conv/ }).waitFor();
      const text = (await details.textContent())!;
      expect(text).toContain("/layer4/layer4.1/conv2/Conv");
      expect(text).toContain("float32 1 × 512 × 7 × 7");
      expect(text).toContain("2,359,808");
      for (const word of ["Grid", "Block", "Waves", "Occupancy", "of peak", "limited by", "Advice"])
        expect(text).toContain(word);
      expect(page.url()).toContain("pick=node");

      // Another device and batch.
      await page.getByRole("combobox", { name: "Device" }).selectOption("v100-pcie");
      await page.getByLabel("Batch").fill("16");
      await page.getByLabel("Batch").press("Enter");
      await page.locator(".totals", { hasText: "batch of 16" }).waitFor();
      await details.locator("h4", { hasText: /on Tesla V100|on .*V100/ }).waitFor();
      await details.getByText("float32 16 × 512 × 7 × 7").first().waitFor();

      // The table, dearest first.
      await page.getByRole("button", { name: /^Time/ }).click();
      const times = await page.locator(".node-table tbody tr td:nth-child(4)").allTextContents();
      expect(times.length).toBeGreaterThan(10);
      expect(errors).toEqual([]);
      expect(requests).toEqual([]);

      for (const theme of ["light", "dark"]) {
        await page.locator(".theme select").selectOption(theme);
        await page.waitForTimeout(150);
        expect(await seriousViolations(page)).toEqual([]);
      }
    } finally {
      await app.close();
    }
  },
);

it.skipIf(executablePath === undefined)(
  "says what is wrong with a file, counts what it cannot count, and takes sizes for free dimensions",
  { timeout: 120_000 },
  async () => {
    const app = await openApp(await aStore(), "/design");
    const { page, errors } = app;
    try {
      page.setDefaultTimeout(60_000);
      await page.locator(".design .picker").waitFor();
      const broken = new TextEncoder().encode("<!doctype html><html>not found, sorry</html>");
      await drop(page, "<b>broken</b>.onnx", broken);
      const error = page.locator(".error");
      await error.getByText("this is a web page, no ONNX model").waitFor();
      expect(await error.textContent()).toContain("<b>broken</b>.onnx");
      expect(await error.count()).toBe(1);

      const b = new GraphBuilder({ name: "free", opset: 17 });
      const x = b.input("x", ["batch", 8, "height", 32]);
      const relu = b.add("Relu", [x], {}, { name: "<i>relu</i>" });
      const odd = b.add("Fancy", [relu], { a: float(1) }, { name: "odd", domain: "my.ops" });
      b.output(odd);
      await drop(page, "free.onnx", writeOnnx(b.build()));
      await withCosts(page);
      await page.locator(".gaps", { hasText: "Fancy (1)" }).waitFor();
      await page.getByRole("button", { name: "<i>relu</i>" }).first().click();
      await page.getByLabel("height").fill("64");
      await page.getByLabel("height").press("Enter");
      await page.locator(".details").getByText("float32 1 × 8 × 64 × 32").first().waitFor();
      expect(page.url()).toContain("dims=height");
      await page.getByRole("button", { name: "odd" }).first().click();
      await page.locator(".details", { hasText: "Not counted" }).waitFor();

      // A damaged file leaves what is open as it is.
      const cut = writeOnnx(b.build()).subarray(0, 60);
      await drop(page, "cut.onnx", cut);
      await page.locator(".error", { hasText: "cut.onnx" }).waitFor();
      expect(await page.locator(".error").count()).toBe(1);
      expect(await page.locator(".details").textContent()).toContain("odd");
      expect(errors).toEqual([]);
    } finally {
      await app.close();
    }
  },
);

it.skipIf(executablePath === undefined)(
  "saves the graph as PNG and SVG, and the costs as CSV",
  { timeout: 120_000 },
  async () => {
    const app = await openApp(
      await aStore(),
      "/design?network=zoo:resnet18&device=t4&precision=fp16&open=none&cost=macs",
    );
    const { page } = app;
    try {
      page.setDefaultTimeout(60_000);
      await withCosts(page);
      const saved = async (kind: string) => {
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("button", { name: `Graph as ${kind}` }).click(),
        ]);
        return readFileSync((await download.path())!);
      };
      expect((await saved("PNG")).subarray(1, 4).toString()).toBe("PNG");
      const svg = (await saved("SVG")).toString();
      expect(svg).toContain("+ layer1");
      expect(svg).toMatch(/<\/svg>$/);
      const csv = (await saved("CSV")).toString().trim().split("\r\n");
      expect(csv[0]).toContain("node,operator,block,output,time_us,waves,tail_us,bytes");
      expect(csv.find((line) => line.startsWith("layer1.0.conv1,"))).toContain("Conv,layer1/");
    } finally {
      await app.close();
    }
  },
);
