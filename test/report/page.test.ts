/** The report in a real browser: what it shows is the data, and nothing leaves it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Papa from "papaparse";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReportData } from "../../src/report/data.ts";
import { decodeTrials, designOf } from "../../src/report/decode.ts";
import { rivals } from "../../src/report/dominance.ts";
import { htmlReport, pageScript, reportData } from "../../src/report/index.ts";
import { predictDesign } from "../../src/report/network.ts";
import { DEFAULT_STUDY, openReader, resolveSpec, runStudy } from "../../src/study/index.ts";
import { type Row, reportOf } from "./fixture.ts";

const CHROMIUM = "/usr/bin/chromium";
const found = existsSync(CHROMIUM);
if (!found) console.warn(`skipped: the report in a browser; ${CHROMIUM} is not there`);

const folder = mkdtempSync(join(tmpdir(), "tidemark-report-"));
let browser: Browser;
let data: ReportData;
/** Everything that went wrong or out in any page. */
const trouble: string[] = [];

async function open(report: ReportData, hash = ""): Promise<Page> {
  const file = join(folder, `${Math.abs(report.trials.count)}-${report.front.length}.html`);
  writeFileSync(file, htmlReport(report, pageScript()));
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on("console", (m) => trouble.push(`console ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => trouble.push(`error: ${e.message}`));
  page.on("dialog", (d) => {
    trouble.push(`dialog: ${d.message()}`);
    void d.dismiss();
  });
  page.on("request", (r) => {
    if (!/^(file|data|blob):/.test(r.url())) trouble.push(`request: ${r.url()}`);
  });
  await page.goto(`${pathToFileURL(file).href}${hash}`);
  return page;
}

describe.skipIf(!found)("the report's page", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const store = join(folder, "store.db");
    const run = await runStudy({ ...resolveSpec(DEFAULT_STUDY), workers: 0 }, { store });
    const reader = openReader(store);
    const study = reader.study(run.id);
    data = reportData(study, reader.trials(study.id), { version: "0.0.0-test" });
    reader.close();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is small for 15,625 designs", () => {
    expect(data.trials.count).toBe(15_625);
    expect(Buffer.byteLength(htmlReport(data, pageScript()))).toBeLessThan(2.5e6);
  });

  it("lists the front as the data has it, and sorts it", async () => {
    const page = await open(data);
    const trials = decodeTrials(data);
    const rows = page.locator("#front-table tbody tr");
    expect(await rows.count()).toBe(data.front.length);
    const numbers = () =>
      rows.evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("data-trial"))));
    const column = (name: string) => trials.measured.find((m) => m.name === name)!.data;
    const sorted = (name: string, way: number) => (shown: number[]) =>
      expect(shown.map((i) => way * column(name)[i]!)).toEqual(
        data.front.map((i) => way * column(name)[i]!).sort((a, b) => a - b),
      );
    sorted("latency_ms", 1)(await numbers());
    await page.getByRole("button", { name: /^accuracy/ }).click();
    sorted("accuracy", 1)(await numbers());
    await page.getByRole("button", { name: /^accuracy/ }).click();
    sorted("accuracy", -1)(await numbers());
    const best = (await numbers())[0]!;
    const cells = await rows.first().locator("td").allTextContents();
    // Where others are as good, the row says so.
    expect(Number(cells[0]!.replace("= ", ""))).toBe(best);
    expect(Number(cells[1])).toBeCloseTo(column("accuracy")[best]!, 2);
    expect(Number(cells[2])).toBeCloseTo(column("latency_ms")[best]!, 2);
    await page.close();
  });

  it("shows a picked design's kernels as the model predicts them, and its stored latency", async () => {
    const trials = decodeTrials(data);
    const trial = data.front[Math.floor(data.front.length / 2)]!;
    const page = await open(data);
    await page.locator(`tr[data-trial="${trial}"]`).click();
    await page.locator("#design h3", { hasText: `Trial ${trial}` }).waitFor();
    expect(page.url()).toMatch(new RegExp(`#trial=${trial}$`));
    const { space, timings } = data.network!;
    const prediction = predictDesign(space, designOf(trials, trial), timings[0]!);
    expect(prediction.latencyMs).toBeCloseTo(
      trials.measured.find((m) => m.name === "latency_ms")!.data[trial]!,
      9,
    );
    // The page itself compares the two, and would warn.
    expect(await page.locator("#layers .warning").count()).toBe(0);
    const counts = await page.locator(".kernels tbody tr td:first-child").allTextContents();
    const total = counts.reduce((s, text) => s + Number(/(\d+)×/.exec(text)![1]), 0);
    expect(total).toBe(prediction.kernels.length);
    const shown = await page.locator("#layers .limits tbody tr td:nth-child(4)").allTextContents();
    expect(shown.reduce((s, text) => s + Number(text), 0)).toBe(prediction.kernels.length);
    const first = page.locator(".kernels .toggle").first();
    const size = Number(/(\d+)×/.exec((await first.textContent())!)![1]);
    await first.click();
    expect(await page.locator(".kernels tr.member").count()).toBe(size);
    await page.close();
  });

  it("says how much of the front its first view leaves out, and shows it", async () => {
    const page = await open(data);
    const outside = page.locator(".outside");
    expect(await outside.textContent()).toMatch(/^1 front design lies outside this view/);
    await outside.click();
    await outside.waitFor({ state: "hidden" });
    await page.close();
  });

  it("calls designs by their names, and leaves names out of what varies", async () => {
    const rows: Row[] = [1, 2, 3, 4].map((k) => ({
      design: { name: `net-${"abcd"[k - 1]!}`, width: `w${k % 2}` },
      values: { top1: k === 4 ? 3 : k, ms: k === 4 ? 3 : k },
    }));
    const report = reportOf(
      "named",
      [
        { name: "top1", unit: "%", goal: "maximize" },
        { name: "ms", unit: "ms", goal: "minimize" },
      ],
      rows,
      { names: ["name"] },
    );
    const page = await open(report, "#trial=1");
    const names = page.locator("#front-table td.name");
    expect(await names.allTextContents()).toEqual(["net-a", "net-b", "net-c", "net-d"]);
    expect(await page.locator("#design h3").first().textContent()).toContain("net-b");
    expect((await page.locator("#design .link").allTextContents()).sort()).toEqual([
      "net-a",
      "net-c",
    ]);
    expect(await page.locator(".dist h3").allTextContents()).toEqual(["width"]);
    expect(await page.locator("#front-table .glyph svg rect").count()).toBe(4);
    expect(await page.locator("tr[data-trial='3'] .tie").getAttribute("title")).toContain(
      "trial 2",
    );
    expect(await page.locator(".lead").textContent()).toContain("3 distinct, 1 tie");
    await page.close();
  });

  it("warns where its own prediction is not the stored one", async () => {
    const timings = data.network!.timings.map((t) => ({ ...t, batch: t.batch / 2 }));
    const page = await open({ ...data, network: { ...data.network!, timings } });
    expect(await page.locator("#layers .warning").textContent()).toContain("the study stored");
    await page.close();
  });

  it("says which design of the front beats a dominated one, and goes there", async () => {
    const trials = decodeTrials(data);
    const objectives = trials.objectives;
    const trial = trials.onFront.findIndex((on, i) => on === 0 && trials.states[i] === "complete");
    const page = await open(data, `#trial=${trial}`);
    const better = rivals(
      objectives,
      objectives.map((o) => o.data),
      data.front,
      trial,
    );
    const links = page.locator("#design .plain .link");
    expect((await links.allTextContents()).sort()).toEqual(
      better.map((r) => `Trial ${r.trial}`).sort(),
    );
    await links.first().click();
    await page.locator("#design .badge.on").waitFor();
    await page.close();
  });

  it("zooms by wheel and keyboard, hovers and picks in the plot", async () => {
    const page = await open(data);
    const stage = page.locator("#plot-stage");
    const picture = () => stage.screenshot();
    const before = await picture();
    const box = (await stage.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(100);
    const zoomed = await picture();
    expect(zoomed.equals(before)).toBe(false);
    await page.mouse.move(5, 5);
    await page.keyboard.press("F");
    await page.waitForTimeout(100);
    const front = await picture();
    expect(front.equals(zoomed)).toBe(false);
    // The keys work wherever the focus is, except in fields.
    await page.keyboard.press("+");
    await page.waitForTimeout(100);
    expect((await picture()).equals(front)).toBe(false);
    await page.getByRole("button", { name: "Show the front" }).click();
    await page.mouse.move(5, 5);
    await page.waitForTimeout(100);
    expect((await picture()).equals(front)).toBe(true);
    await page.locator("#plot-controls select").first().focus();
    await page.keyboard.press("+");
    await page.waitForTimeout(100);
    expect((await picture()).equals(front)).toBe(true);
    await stage.focus();
    await page.keyboard.press("End");
    const last = page.locator("#front-table tr.picked");
    const trials = decodeTrials(data);
    const latency = trials.measured.find((m) => m.name === "latency_ms")!.data;
    const slowest = Math.max(...data.front.map((i) => latency[i]!));
    expect(latency[Number(await last.getAttribute("data-trial"))]).toBe(slowest);
    const end = await last.getAttribute("data-trial");
    await page.keyboard.press("p");
    expect(await last.getAttribute("data-trial")).not.toBe(end);
    await page.keyboard.press("n");
    expect(await last.getAttribute("data-trial")).toBe(end);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator(".tip").waitFor();
    const tip = await page.locator(".tip strong").textContent();
    await page.mouse.down();
    await page.mouse.up();
    await page.locator("#design h3", { hasText: tip! }).waitFor();
    await page.close();
  });

  it("picks with the keyboard alone", async () => {
    const page = await open(data);
    const button = page.locator("#front-table .pick").nth(2);
    const trial = await button.textContent();
    await button.focus();
    await page.keyboard.press("Enter");
    await page.locator("#design h3", { hasText: `Trial ${trial}` }).waitFor();
    expect(await page.locator("#announce").textContent()).toContain(`Trial ${trial} picked`);
    await page.close();
  });

  it("saves every trial as CSV with all digits", async () => {
    const page = await open(data);
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save all trials as CSV" }).click(),
    ]);
    const text = readFileSync(await saved.path(), "utf8");
    const rows = Papa.parse<Record<string, string>>(text.trim(), { header: true }).data;
    expect(rows).toHaveLength(data.trials.count);
    const trials = decodeTrials(data);
    for (const i of [0, 777, 15_624]) {
      expect(rows[i]).toMatchObject(designOf(trials, i));
      for (const m of trials.measured) expect(Number(rows[i]![m.name])).toBe(m.data[i]);
    }
    await page.close();
  });

  it("shows hostile names as text", async () => {
    const name = `</script><img src=x onerror="alert(1)"><b>bold</b>`;
    const objectives = [
      { name, unit: "<i>u</i>", goal: "maximize" as const },
      { name: "cost", unit: "", goal: "minimize" as const },
    ];
    const rows = [1, 2, 3, 4].map((i) => ({
      design: { [name]: `${name}${i}`, width: 8 * i },
      values: { [name]: i === 4 ? 0 : i, cost: i },
    }));
    const page = await open(reportOf(name, objectives, rows));
    expect(await page.locator("h1").textContent()).toBe(name);
    expect(await page.locator("img:not(.static *)").count()).toBe(0);
    expect(await page.locator("b", { hasText: "bold" }).count()).toBe(0);
    await page.locator('tr[data-trial="1"]').click();
    expect(await page.locator("#design").textContent()).toContain(`${name}2`);
    await page.close();
  });

  it("stands without networks, with one trial, and with none that is complete", async () => {
    const objectives = [{ name: "loss", unit: "", goal: "minimize" as const }];
    const one = await open(reportOf("one", objectives, [{ design: {}, values: { loss: 3 } }]));
    expect(await one.locator("#layers-section").isVisible()).toBe(false);
    expect(await one.locator("#design").textContent()).toContain("Trial 0");
    await one.close();
    const failed: Row[] = [
      { design: { w: 1 }, values: {}, state: "failed" },
      { design: { w: 2 }, values: { loss: 1 }, state: "infeasible" },
      { design: { w: 3 }, values: {}, state: "pruned" },
    ];
    const none = await open(reportOf("none", objectives, failed));
    expect(await none.locator(".lead").textContent()).toContain("0 of 0 designs");
    await none.close();
  });

  it("had no error, no dialog and no request in any of this", () => {
    expect(trouble).toEqual([]);
  });
});
