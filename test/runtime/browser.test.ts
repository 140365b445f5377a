/** The web engine in a real browser, bundled as the app is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { nodeEngine } from "../../src/runtime/index.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { chromiumPath } from "../shared.ts";

const executablePath = chromiumPath();
const folder = mkdtempSync(join(tmpdir(), "tidemark-web-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url!;
    try {
      const body = readFileSync(join(folder, path));
      response
        .setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream")
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

it.skipIf(executablePath === undefined)(
  "gives the native engine's outputs in chromium",
  { timeout: 180_000 },
  async () => {
    const { build } = await import("vite");
    await build({
      configFile: false,
      logLevel: "error",
      build: {
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        target: "esnext",
        lib: {
          entry: fileURLToPath(new URL("./web-page.ts", import.meta.url)),
          formats: ["es"],
          fileName: () => "page.js",
        },
        assetsInlineLimit: 0,
      },
    });
    writeFileSync(join(folder, "index.html"), '<script type="module" src="/page.js"></script>');
    const server = await serve();
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ["--no-sandbox"],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction("globalThis.outputs");
      const got = (await page.evaluate("outputs(3)")) as number[];
      const session = await nodeEngine.open(buildNetwork("resnet-cifar", { depth: 8, seed: 3 }));
      const data = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i));
      const want = await session.run({ input: { dtype: "float32", dims: [1, 3, 32, 32], data } });
      await session.release();
      const wanted = Object.values(want).flatMap((t) => Array.from(t.data as Float32Array));
      expect(got).toHaveLength(wanted.length);
      const largest = Math.max(...wanted.map(Math.abs));
      wanted.forEach((w, i) => {
        expect(Math.abs(got[i]! - w) / largest).toBeLessThan(1e-5);
      });
    } finally {
      await browser.close();
      server.close();
    }
  },
);
