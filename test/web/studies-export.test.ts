/** The exported app from a host that knows nothing of Tidemark, as files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/index.ts";
import { studyDetail, studyList } from "../../src/server/api/schemas.ts";
import { exportApp } from "../../src/server/export.ts";
import { annotateStudy, openReader, resultOf } from "../../src/study/index.ts";
import { fill } from "../server/setup.ts";
import { userError } from "../study/helpers.ts";
import { executablePath, temporaryFolder, WEB } from "./browser.ts";

const { path: root, remove } = temporaryFolder();
afterAll(remove);
const store = join(root, "studies.db");
await fill(store, "<b>first</b>", 50);
await fill(store, "second", 20);
annotateStudy(store, 1, "**kept**");
const folder = join(root, "site", "studies");
const json = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8")) as unknown;

describe("an export", () => {
  it("holds the studies, their trials, and the networks of their fronts", async () => {
    const exported = await exportApp({ store, folder, web: WEB });
    expect(exported).toEqual({ folder, studies: 2, gaps: [] });
    const list = studyList.parse(json("data/studies.json"));
    expect(list).toMatchObject({ writable: false, store: "studies.db" });
    expect(studyDetail.parse(json("data/studies/1.json"))).toMatchObject({ note: "**kept**" });
    const reader = openReader(store);
    const front = resultOf(reader.study(1), reader.trials(1)).front.map(({ trial }) => trial);
    reader.close();
    expect(json("data/studies/1.json")).toMatchObject({ exportedNetworks: front });
    const networks = readdirSync(join(folder, "data/studies/1/networks"));
    expect(networks.sort()).toEqual(front.map((trial) => `${trial}.onnx`).sort());
    const bytes = readFileSync(join(folder, "data/studies/1/networks", networks[0]!));
    expect(readOnnx(new Uint8Array(bytes), { name: "x" }).graph.nodes.length).toBeGreaterThan(10);
    const page = readFileSync(join(folder, "index.html"), "utf8");
    expect(page).toMatch(/<meta name="tidemark-source" content="files" \/>/);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'/);
  });

  it("may be written again, and leaves what others put there", async () => {
    writeFileSync(join(folder, "CNAME"), "mine");
    writeFileSync(join(folder, "data", "studies", "old.json"), "{}");
    await exportApp({ store, folder, web: WEB });
    expect(readFileSync(join(folder, "CNAME"), "utf8")).toBe("mine");
    expect(existsSync(join(folder, "data", "studies", "old.json"))).toBe(false);
  });

  it("does not touch a folder of anything else, nor a file", async () => {
    const foreign = join(root, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.txt"), "mine");
    const write = async (to: string) =>
      await userError(async () => await exportApp({ store, folder: to, web: WEB }));
    expect(await write(foreign)).toMatch(/is not empty, and no export of before\n.*new folder/);
    expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
    expect(await write(join(foreign, "thesis.txt"))).toMatch(/is a file/);
    const mark = join(root, "tampered");
    mkdirSync(mark);
    writeFileSync(
      join(mark, "tidemark-export.json"),
      '{"entries":["../foreign","..",".","","/tmp"]}',
    );
    await exportApp({ store, folder: mark, web: WEB });
    expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
    expect(existsSync(join(mark, "index.html"))).toBe(true);
  });
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Files as they are, as the plainest of hosts would; no headers but the type. */
function host(at: string) {
  const server = createServer((request, response) => {
    const name = normalize(decodeURIComponent(new URL(request.url!, "http://x").pathname));
    const path = join(at, name.endsWith("/") ? `${name}index.html` : name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, { "content-type": "text/html" });
      return response.end("<h1>Not found</h1>");
    }
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    return response.end(readFileSync(path));
  });
  return new Promise<{ url: string; close: () => void }>((done) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      done({ url: `http://127.0.0.1:${port}/studies/`, close: () => void server.close() });
    }),
  );
}

it.skipIf(executablePath === undefined)(
  "shows the same views from any static host, read-only",
  { timeout: 60_000 },
  async () => {
    const { url, close } = await host(join(root, "site"));
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ["--no-sandbox", "--disable-background-networking"],
    });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(url);
      const rows = page.locator("table.studies tbody tr");
      await rows.first().waitFor({ timeout: 20_000 });
      expect(await rows.count()).toBe(2);
      expect(await page.getByRole("button", { name: "Start a study" }).count()).toBe(0);
      await page.getByRole("link", { name: "<b>first</b>" }).click();
      await page.getByText(/trials? on the front/).waitFor({ timeout: 20_000 });
      expect(await page.locator(".markdown strong").textContent()).toBe("kept");
      for (const name of ["Edit the note", "Stop", "Resume", "Start one like it"])
        expect(await page.getByRole("button", { name }).count()).toBe(0);
      await page.goto(`${url}#/studies/compare?a=1&b=2`);
      await page.getByText("Hypervolume").waitFor({ timeout: 20_000 });
      const { exportedNetworks } = studyDetail.parse(json("data/studies/1.json"));
      const [inside] = exportedNetworks!;
      const outside = Array.from({ length: 20 }, (_, i) => i).find(
        (trial) => !exportedNetworks!.includes(trial),
      )!;
      await page.goto(`${url}#/front/1?pick=${outside}`);
      const picked = page.getByRole("region", { name: "Picked trial" });
      await picked.getByText("not in this export").waitFor({ timeout: 20_000 });
      expect(await picked.getByRole("link").count()).toBe(0);
      await page.goto(`${url}#/front/1?pick=${inside}`);
      await picked.getByRole("link", { name: "Show its network" }).waitFor({ timeout: 20_000 });
      expect(errors).toEqual([]);
      await page.goto(`${url}#/studies/9`);
      await page.getByText("no study '9' in this export").waitFor({ timeout: 20_000 });
    } finally {
      await browser.close();
      close();
    }
  },
);
