import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Papa from "papaparse";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { deployed } from "../../src/dynamic/deploy/index.ts";
import { decodeStored } from "../../src/dynamic/evaluation/stored.ts";
import { macsOfInput, partCosts } from "../../src/dynamic/parts.ts";
import { dynamicNetwork } from "../../src/dynamic/plan.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { nodeEngine } from "../../src/runtime/node-engine.ts";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { zooNetwork } from "../../src/zoo/reference.ts";
import { problemsInBothColours } from "./axe.ts";
import { executablePath, type Opened, openApp, temporaryFolder, WEB } from "./browser.ts";

const folder = temporaryFolder();
const read = (name: string) => new Uint8Array(readFileSync(join(WEB, "dynamic", name)));

let shared: Promise<Opened> | undefined;
/** One browser for all: each test opens the address anew. */
async function opened(path: string): Promise<Page> {
  shared ??= (async () => {
    const store = join(folder.path, "studies.db");
    const spec = resolveSpec({
      ...DEFAULT_STUDY,
      search: { algorithm: "random" },
      budget: { evaluations: 2 },
    });
    await runStudy(spec, { store, workers: 0 });
    return openApp(store, path);
  })();
  const { page, server, errors } = await shared;
  errors.length = 0;
  await page.goto("about:blank");
  await page.goto(`${server.url}#${path}`);
  await page.getByRole("heading", { name: "Answer" }).waitFor();
  return page;
}
afterAll(async () => {
  await (await shared)?.close();
  folder.remove();
});

async function csvOf(page: Page, button: string): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  return Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
}

/** As text: these tests are checked without the browser's types. */
const drop = (page: Page, name: string, bytes: Uint8Array) =>
  page.evaluate(`{
    const data = Uint8Array.from(atob("${Buffer.from(bytes).toString("base64")}"), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([data], ${JSON.stringify(name)}));
    dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  }`);

describe.skipIf(executablePath === undefined)("the Dynamic view", { timeout: 120_000 }, () => {
  const { graph } = readOnnx(read("fashion-mnist.onnx"), { name: "fashion-mnist.onnx" });
  const network = dynamicNetwork(graph);

  it("computes in the page what onnxruntime-node computes of the same file", async () => {
    const page = await opened("/dynamic?image=0");
    await page.getByRole("radio", { name: /^4: / }).check({ force: true });
    await page.waitForURL(/image=3/);
    const rows = await csvOf(page, "Answer as CSV");
    const { arrays } = decodeStored(read("images.bin"), "images.bin");
    const size = 28 * 28;
    const mean = JSON.parse(graph.metadata["tidemark.mean"]!)[0];
    const std = JSON.parse(graph.metadata["tidemark.std"]!)[0];
    const pixels = (arrays.pixels as Uint8Array).subarray(3 * size, 4 * size);
    const data = Float32Array.from(pixels, (byte) => (byte / 255 - mean) / std);
    const session = await nodeEngine.open(graph, { threads: 1 });
    const tensor = { dtype: "float32", dims: [1, 1, 28, 28], data } as const;
    const outputs = await session.run({ [graph.inputs[0]!.name]: tensor });
    await session.release();
    // Before the gates the file as it is computes what its masked form does.
    const coarse = outputs[network.plan.exits[0]!.logits]!.data as Float32Array;
    const got = rows.filter(({ exit }) => exit === "coarse").map(({ logit }) => Number(logit));
    expect(got).toHaveLength(10);
    for (const [c, value] of got.entries()) expect(Math.abs(value - coarse[c]!)).toBeLessThan(1e-4);
    // All of them, as `src/dynamic` runs them on Node for the stored answers to the same image.
    const answers = decodeStored(read("answers.bin"), "answers.bin").arrays.logits as Float32Array;
    for (const [k, exit] of ["coarse", "exit2", "end"].entries()) {
      const logits = rows.filter((row) => row.exit === exit).map(({ logit }) => Number(logit));
      const want = answers.subarray((k * 1000 + 3) * 10, (k * 1000 + 4) * 10);
      for (const [c, value] of logits.entries())
        expect(Math.abs(value - want[c]!)).toBeLessThan(1e-4);
    }
    expect((await shared!).errors).toEqual([]);
  });

  it("moves accuracy, cost and shares with a threshold, as plain arithmetic has them", async () => {
    const page = await opened("/dynamic?image=4");
    const before = await page.locator("[data-figure=accuracy]").textContent();
    await page.getByRole("slider", { name: /^Leaves at coarse/ }).fill("0.35");
    await page.getByRole("slider", { name: /^Leaves at exit2/ }).fill("0.95");
    await page.waitForURL(/t=0.35%2C0.95/);
    const { arrays } = decodeStored(read("answers.bin"), "answers.bin");
    const { labels, logits, on } = arrays as Record<string, Float32Array>;
    const n = labels!.length;
    const parts = partCosts(network);
    let right = 0;
    let macs = 0;
    const left = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      let k = 0;
      let best = 0;
      for (; k < 3; k++) {
        const row = [...logits!.subarray((k * n + i) * 10, (k * n + i + 1) * 10)];
        const t = network.plan.exits[k]?.temperature ?? 1;
        const top = Math.max(...row);
        best = row.indexOf(top);
        const sure = 1 / row.reduce((sum, value) => sum + Math.exp((value - top) / t), 0);
        if (k === 2 || sure >= [0.35, 0.95][k]!) break;
      }
      left[k]!++;
      if (best === labels![i]) right++;
      macs += macsOfInput(parts, k, (region) => on![region * n + i]!) / n;
    }
    const accuracy = `${((100 * right) / n).toFixed(2)} %`;
    expect(accuracy).not.toBe(before);
    expect(await page.locator("[data-figure=accuracy]").textContent()).toBe(accuracy);
    expect(await page.locator("[data-figure=cost]").textContent()).toBe(
      `${((100 * macs) / network.plan.denseMacs).toFixed(2)} %`,
    );
    for (const [k, count] of left.entries())
      expect(await page.locator(`[data-share="${k}"]`).textContent()).toBe(
        `${((100 * count) / n).toFixed(1)} %`,
      );
    // The same for the image: at 0.35 it leaves at once.
    expect(await page.locator(".dyn-stage.taken h3").textContent()).toContain("coarse");
    await page.getByRole("button", { name: "As calibrated" }).click();
    expect(await page.locator("[data-figure=accuracy]").textContent()).toBe(before);
  });

  it("exports pictures, and blocks that agree with the shares", async () => {
    const page = await opened("/dynamic?image=4&region=gates1");
    const blocks = await csvOf(page, "What was computed as CSV");
    const mine = blocks.filter(({ region }) => region === "gates1");
    expect(mine).toHaveLength(49);
    const active = mine.filter(({ computed }) => computed === "1").length;
    const stored = decodeStored(read("answers.bin"), "answers.bin").arrays.on as Float32Array;
    expect(active / 49).toBeCloseTo(stored[4]!, 5);
    for (const [format, type] of [
      ["PNG", "png"],
      ["SVG", "svg"],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `What was computed as ${format}` }).click(),
      ]);
      const { format: found, width } = await sharp(await download.path()).metadata();
      expect(found).toBe(type);
      expect(width).toBeGreaterThan(200);
    }
  });

  it("opens a dropped image, and says what is wrong with files that it cannot use", async () => {
    const page = await opened("/dynamic?image=4");
    const photo = await sharp({
      create: { width: 90, height: 60, channels: 3, background: "#c04020" },
    })
      .jpeg()
      .toBuffer();
    await drop(page, "photo.jpg", photo);
    await page.getByText("Invert the image").waitFor();
    expect(await page.locator(".dyn-picture").first().getAttribute("aria-label")).toContain(
      "photo.jpg",
    );
    await drop(page, "notes.txt", new TextEncoder().encode("no image"));
    await page.getByRole("alert").getByText("no image that this browser reads").waitFor();
    const plain = zooNetwork("vgg-cifar:width=0.25")!;
    await drop(page, "plain.onnx", writeOnnx(plain));
    const alert = page.getByRole("alert");
    await alert.getByText("tidemark dynamic convert").waitFor();
    expect(await alert.textContent()).toContain("plain.onnx");
    // What was open stays.
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("fashion-mnist.onnx");
  });

  it("opens the user's own dynamic network", async () => {
    const page = await opened("/dynamic?image=4");
    await drop(page, "packed.onnx.gz", gzipSync(read("fashion-mnist.onnx")));
    await page.getByRole("heading", { level: 1, name: "packed.onnx.gz" }).waitFor();
    await drop(page, "mine.onnx", read("fashion-mnist.onnx"));
    await page.getByRole("heading", { level: 1, name: "mine.onnx", exact: true }).waitFor();
    await page.getByText("tidemark dynamic report").waitFor();
    await page.getByRole("heading", { name: "Answer" }).waitFor();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("mine.onnx");
    // It reads images of the same size and knows as many classes: those that come along stay.
    const images = page.getByRole("radio", { name: /^\d+: / });
    expect(await images.count()).toBeGreaterThan(5);
    await images.first().check({ force: true });
    await page.waitForURL(/image=0/);
    await page.getByRole("heading", { name: "Answer" }).waitFor();
  });

  it("says which file to open in place of a deployed one", async () => {
    const page = await opened("/dynamic?image=4");
    await drop(page, "deployed.onnx", writeOnnx(deployed(network)));
    const alert = page.getByRole("alert");
    await alert.getByText("deployed.onnx is a deployed network").waitFor();
    expect(await alert.textContent()).toContain("open the calibrated file");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("fashion-mnist.onnx");
  });

  it("has no serious accessibility problems, light or dark", async () => {
    const page = await opened("/dynamic?image=4");
    expect(await problemsInBothColours(page)).toEqual([]);
  });
});
