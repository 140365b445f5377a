import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatNumber } from "../../src/report/number.ts";
import {
  blockOf,
  DEFAULT_STUDY,
  openReader,
  openWriter,
  resolveSpec,
  resultOf,
  runStudy,
} from "../../src/study/index.ts";
import { executablePath, type Opened, openApp, temporaryFolder } from "./browser.ts";

/** What functions that run in the page use of it: the tests themselves are typed for Node. */
declare const location: { readonly hash: string };
declare const devicePixelRatio: number;
declare const document: { querySelector(selector: string): Canvas };
declare const window: { readonly axe: { run(): Promise<{ violations: Violation[] }> } };
declare class DOMParser {
  parseFromString(text: string, type: string): { readonly documentElement: Parsed };
}
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(...box: [number, number, number, number]): {
      readonly data: Uint8ClampedArray;
      readonly width: number;
    };
  };
  getBoundingClientRect(): { readonly left: number; readonly top: number };
}
interface Parsed {
  readonly tagName: string;
  readonly childElementCount: number;
  querySelectorAll(selector: string): ArrayLike<unknown>;
}
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

const folder = temporaryFolder();
afterAll(folder.remove);
const store = join(folder.path, "front.db");
const TRIALS = 300;
const SETTLED = '.front-view .stage[aria-busy="false"]';

/** From the left to the right of the plot. */
let front: number[];
let id: number;
let opened: Opened;
let page: Page;

/** Trials shown, as the filter bar has it. */
async function shown(of = TRIALS): Promise<number> {
  const text = await page.locator(".filters .shown").textContent();
  expect(text).toContain(` of ${of} trials shown`);
  return Number(text!.split(" ")[0]);
}

const query = () =>
  page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? "")));

async function drag(tool: string, path: readonly (readonly [number, number])[]): Promise<void> {
  await page.getByRole("button", { name: tool, exact: true }).click();
  const box = (await page.locator(".front-view .stage").first().boundingBox())!;
  const at = ([x, y]: readonly [number, number]) =>
    [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(path[0]!));
  await page.mouse.down();
  for (const place of path.slice(1)) await page.mouse.move(...at(place), { steps: 4 });
  await page.mouse.up();
}

/** Chromium now and then drops a download that follows another within milliseconds: then once more. */
async function saved(name: string, attempts = 3): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 8000 }).catch(() => undefined),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  if (download !== undefined) return readFileSync(await download.path());
  expect(attempts, `${name}: no file`).toBeGreaterThan(1);
  return await saved(name, attempts - 1);
}

const csvRows = (data: Buffer) => data.toString().trimEnd().split("\r\n").slice(1);

describe.skipIf(executablePath === undefined)("the Front view", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const spec = resolveSpec({
      ...DEFAULT_STUDY,
      name: "front <b>&",
      search: { algorithm: "random" },
      budget: { evaluations: TRIALS },
    });
    ({ id } = await runStudy(spec, { store, workers: 0 }));
    const reader = openReader(store);
    front = resultOf(reader.study(id), reader.trials(id))
      .front.toSorted((a, b) => a.values.latency_ms! - b.values.latency_ms!)
      .map(({ trial }) => trial);
    reader.close();
    opened = await openApp(store, "/front");
    page = opened.page;
    const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    await page.addInitScript({ path: axe });
    await page.reload();
    await page.getByRole("link", { name: "front <b>&" }).click();
    await page.locator(SETTLED).first().waitFor();
  }, 120_000);
  afterAll(async () => {
    expect(opened?.errors ?? []).toEqual([]);
    await opened?.close();
  });

  it("shows every trial, and the front that the study's result has", async () => {
    expect(await shown()).toBe(TRIALS);
    const rows = page.locator(".trial-table tbody tr:not(.gap)");
    await expect.poll(() => rows.count()).toBe(front.length);
    const numbers = await page.locator(".trial-table button.pick").allTextContents();
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(front.toSorted((a, b) => a - b));
  });

  it("keeps a rectangle's trials in all plots, in the address, and after a reload", async () => {
    await drag("Rectangle", [
      [0.2, 0.05],
      [0.55, 0.5],
    ]);
    const kept = await shown();
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(TRIALS);
    await expect.poll(async () => (await query()).region).toMatch(/^rect:/);
    expect(csvRows(await saved("Front as CSV")).length).toBe(kept);
    expect(csvRows(await saved("Parallel axes as CSV")).length).toBe(kept);
    const bins = csvRows(await saved("Distributions as CSV")).map((row) => row.split(","));
    const total = (column: number) =>
      bins
        .filter(([name]) => name === "latency_ms (ms)")
        .reduce((n, row) => n + Number(row[column]), 0);
    expect([total(3), total(4)]).toEqual([TRIALS, kept]);
    await page.locator(".trial-table select").selectOption("all shown");
    await expect.poll(() => page.locator(".trial-table h2 span").textContent()).toBe(String(kept));
    // So many evaluations have a hypervolume of their own.
    await expect.poll(async () => csvRows(await saved("History as CSV")).length).toBe(kept);
    await page.reload();
    await page.locator(SETTLED).first().waitFor();
    expect(await shown()).toBe(kept);
    await page.getByRole("button", { name: "Remove the filter: in the rectangle" }).click();
    expect(await shown()).toBe(TRIALS);
  });

  it("keeps a lasso's trials, and Escape lets them go", async () => {
    await drag("Lasso", [
      [0.3, 0.05],
      [0.6, 0.1],
      [0.5, 0.6],
      [0.25, 0.4],
    ]);
    expect(await shown()).toBeLessThan(TRIALS);
    expect(await shown()).toBeGreaterThan(0);
    await page.locator(".front-view .stage").first().focus();
    await page.keyboard.press("Escape");
    await expect.poll(() => shown()).toBe(TRIALS);
  });

  it("picks along the front with the arrow keys, and shows the design", async () => {
    await page.locator(".front-view .stage").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const picked = page.getByRole("region", { name: "Picked trial" });
    await picked.getByText(`Trial ${front[1]}`).waitFor();
    const reference = encodeURIComponent(`study:${id}:${front[1]}`);
    for (const [name, view] of [
      ["Show its network", "design"],
      ["Predict it on a GPU", "gpu"],
    ] as const)
      expect(await picked.getByRole("link", { name }).getAttribute("href")).toBe(
        `#/${view}?network=${reference}&device=rtx-2080-ti&precision=fp32&batch=256&host=eager`,
      );
    expect(await picked.locator("dd").count()).toBe(2 + 6);
    await expect.poll(async () => (await query()).pick).toBe(String(front[1]));
    await page.keyboard.press("Escape");
    await picked.getByText("No trial picked").waitFor();
  });

  it("opens a pick's network for what its latency is of, and finds the way back", async () => {
    await expect.poll(async () => (await query()).pick).toBeUndefined();
    await page.goto(`${opened.server.url}#/front/${id}?pick=${front[1]}`);
    const picked = page.getByRole("region", { name: "Picked trial" });
    await picked.getByText(`Trial ${front[1]}`).waitFor();
    const said = await picked.locator("dl > div", { hasText: "latency_ms" }).textContent();
    await picked.getByRole("link", { name: "Predict it on a GPU" }).click();
    const latency = page.locator(".meter", { hasText: "Latency" }).first();
    await latency.waitFor();
    const [, predicted, unit] = /([\d.,]+)\s*(µs|ms)/.exec((await latency.textContent())!)!;
    const [, value] = /([\d.]+)$/.exec(said!)!;
    const ms = Number(predicted!.replaceAll(",", "")) / (unit === "ms" ? 1 : 1000);
    expect(Math.abs(ms / Number(value) - 1)).toBeLessThan(2e-3);
    await page.getByRole("link", { name: `trial ${front[1]} of study front <b>&` }).click();
    await picked.getByText(`Trial ${front[1]}`).waitFor();
    await page.locator(SETTLED).first().waitFor();
  });

  it("says which trials beat a dominated one, and picks them", async () => {
    const reader = openReader(store);
    const { values } = reader.trials(id);
    reader.close();
    const of = (name: string) => values.find((column) => column.name === name)!.data;
    const [accuracy, latency] = [of("accuracy"), of("latency_ms")];
    const beats = (a: number, b: number) =>
      accuracy[a]! >= accuracy[b]! && latency[a]! <= latency[b]!;
    const dominated = [...accuracy.keys()].find(
      (row) => !front.includes(row) && front.filter((a) => beats(a, row)).length > 2,
    )!;
    const better = front.filter((a) => beats(a, dominated));
    await page.goto(`${opened.server.url}#/front/${id}?pick=${dominated}`);
    const picked = page.getByRole("region", { name: "Picked trial" });
    await picked.getByText("dominated").waitFor();
    await picked
      .getByText(
        `${better.length} trials of the front are at least as good in latency_ms, accuracy`,
      )
      .waitFor();
    const named = await picked.locator(".rivals button").allTextContents();
    // The fastest and the most accurate of those that beat it, from left to right.
    expect(named).toEqual([better[0], better.at(-1)].map((trial) => `Trial ${trial}`));
    const text = await picked.locator(".rivals li").first().textContent();
    const gain = latency[dominated]! - latency[better[0]!]!;
    expect(text).toContain(`−${formatNumber(Number(gain.toPrecision(3)), 3)} ms latency_ms (−`);
    expect(text).toMatch(/points accuracy|the same accuracy/);
    await picked.getByRole("button", { name: named[1]!, exact: true }).click();
    await picked.getByText("on the front").waitFor();
    await picked.getByRole("button", { name: "Unpick" }).click();
    await expect.poll(async () => (await query()).pick).toBeUndefined();
  });

  it("picks the trial under a click", async () => {
    await page.locator(".trial-table select").selectOption("the front");
    await page.locator(".trial-table button.pick").first().click();
    const heading = page.locator(".picked h2");
    const trial = await heading.textContent();
    // The leftmost of the front: where its ring stands, the canvas has the colour of the pick.
    // It is drawn with the next frame, which may be after the heading.
    const ring = await page.waitForFunction(() => {
      const canvas = document.querySelector(".front-view .stage canvas");
      const { data, width } = canvas
        .getContext("2d")!
        .getImageData(0, 0, canvas.width, canvas.height);
      const found: [number, number][] = [];
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 0xc4 && data[i + 1] === 0x3e && data[i + 2] === 0)
          found.push([(i / 4) % width, Math.floor(i / 4 / width)]);
      if (found.length === 0) return undefined;
      const mean = (k: 0 | 1) => found.reduce((sum, at) => sum + at[k], 0) / found.length;
      const { left, top } = canvas.getBoundingClientRect();
      return [left + mean(0) / devicePixelRatio, top + mean(1) / devicePixelRatio] as const;
    });
    const place = (await ring.jsonValue())!;
    await page.getByRole("button", { name: "Unpick" }).click();
    await page.mouse.click(...place);
    await expect.poll(() => heading.textContent()).toBe(trial);
  });

  it("brushes a parallel axis, and keeps the front alone", async () => {
    const brush = page.locator(".parallel .brush").first();
    await brush.scrollIntoViewIfNeeded();
    const box = (await brush.boundingBox())!;
    await page.mouse.move(box.x + 16, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + 16, box.y + box.height * 0.3, { steps: 4 });
    await page.mouse.up();
    const kept = await shown();
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(TRIALS);
    await expect.poll(async () => (await query()).ranges).toMatch(/^design%3Ae01~%3D~/);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByLabel("front only").check();
    await expect.poll(() => shown()).toBe(front.length);
    await page.getByRole("button", { name: "Show all" }).click();
    expect(await shown()).toBe(TRIALS);
  });

  it("saves every plot as PNG, SVG and CSV", async () => {
    for (const plot of ["Front", "Parallel axes", "History", "Distributions"]) {
      const png = await saved(`${plot} as PNG`);
      expect(png.subarray(1, 4).toString()).toBe("PNG");
      expect(png.length).toBeGreaterThan(1500);
      const svg = (await saved(`${plot} as SVG`)).toString();
      const parsed = await page.evaluate((text) => {
        const { documentElement: root } = new DOMParser().parseFromString(text, "image/svg+xml");
        return [root.tagName, root.querySelectorAll("parsererror").length, root.childElementCount];
      }, svg);
      expect(parsed.slice(0, 2)).toEqual(["svg", 0]);
      expect(parsed[2]).toBeGreaterThan(0);
      expect(svg).not.toContain("var(--");
      expect((await saved(`${plot} as CSV`)).length).toBeGreaterThan(100);
    }
    const circles = (await saved("Front as SVG")).toString().match(/<circle/g)!;
    // And the ring around the picked one.
    expect(circles.length).toBe(TRIALS + front.length + 1);
  });

  it("zooms and colours by keyboard and choice, and the address repeats it", async () => {
    await page.locator(".axis-choices select").last().selectOption({ label: "e03" });
    await page.getByLabel("log across").check();
    await page.locator(".front-view .stage").first().focus();
    await page.keyboard.press("+");
    await expect
      .poll(async () => await query())
      .toMatchObject({ colour: "design:e03", xs: "log", zoom: expect.any(String) });
    await page.keyboard.press("0");
    await expect.poll(async () => (await query()).zoom).toBeUndefined();
  });

  it.each(["light", "dark"] as const)("has no serious barrier, %s", async (theme) => {
    await page.getByLabel("Colours").selectOption(theme);
    await page.locator(SETTLED).first().waitFor();
    await page.locator(".ranges summary").click();
    const found = await page.evaluate(async () => {
      const { violations } = await window.axe.run();
      return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html }));
    });
    expect(found.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
  });

  it("follows a running study without moving the view", async () => {
    const reader = openReader(store);
    const { objectives, constraints, notes, spec } = reader.study(id);
    const block = reader.trials(id);
    reader.close();
    const rows = (first: number, count: number) =>
      blockOf(
        Array.from({ length: count }, (_, i) => ({
          state: (first + i) % 10 === 3 ? ("infeasible" as const) : ("complete" as const),
          design: { trial: first + i },
          values: Object.fromEntries(
            block.values.map(({ name, data }) => [name, data[first + i]!]),
          ),
        })),
      );
    const writer = openWriter(store);
    const owned = writer.create({
      name: "live",
      spec,
      meta: { objectives, constraints, notes, size: null },
    });
    try {
      owned.append(rows(0, 50));
      await page.goto(`${opened.server.url}#/front/${owned.id}?pick=7`);
      await page.getByText("50 of 50 trials shown").waitFor();
      await page.locator(SETTLED).first().waitFor();
      await page.locator(".front-view .stage").first().focus();
      await page.keyboard.press("+");
      await expect.poll(async () => (await query()).zoom).toBeDefined();
      const { zoom } = await query();
      owned.append(rows(50, 100));
      await page.getByText("150 of 150 trials shown").waitFor();
      owned.append(rows(150, 20));
      owned.release("finished");
      await page.getByText("170 of 170 trials shown").waitFor();
      await page.locator(".front-head .state.finished").waitFor();
      expect(await query()).toMatchObject({ zoom, pick: "7" });
      await page.locator(".filters label", { hasText: "infeasible" }).locator("input").uncheck();
      expect(await shown(170)).toBe(153);
    } finally {
      writer.close();
    }
  });

  it("shows the front of three objectives, and that of the plotted two where it is asked for", async () => {
    const spec = resolveSpec({
      space: { kind: "nasbench201" },
      name: "three",
      objectives: [{ name: "accuracy", goal: "maximize" }, "latency_ms", "params"],
      search: { algorithm: "random" },
      budget: { evaluations: TRIALS },
    });
    const three = await runStudy(spec, { store, workers: 0 });
    const reader = openReader(store);
    const block = reader.trials(three.id);
    const result = resultOf(reader.study(three.id), block);
    reader.close();
    const [accuracy, latency] = ["accuracy", "latency_ms"].map(
      (name) => block.values.find((column) => column.name === name)!.data,
    ) as [Float64Array, Float64Array];
    const rows = [...accuracy.keys()];
    const planar = rows.filter(
      (a) =>
        !rows.some(
          (b) =>
            accuracy[b]! >= accuracy[a]! &&
            latency[b]! <= latency[a]! &&
            (accuracy[b] !== accuracy[a] || latency[b] !== latency[a]),
        ),
    );
    expect(planar.length).toBeLessThan(result.front.length);
    await page.goto(`${opened.server.url}#/front/${three.id}`);
    await page.getByRole("heading", { level: 1, name: "three" }).waitFor();
    await page.locator(SETTLED).first().waitFor();
    const inTable = () => page.locator(".trial-table h2 span").textContent();
    const marked = async () =>
      csvRows(await saved("Front as CSV")).filter((row) => row.split(",")[2] === "true").length;
    const line = async () =>
      /<polyline[^>]* points="([^"]*)"/.exec((await saved("Front as SVG")).toString())?.[1];
    const history = page.getByRole("region", { name: "History" }).locator("p.keys");
    const volume = formatNumber(result.hypervolume!, 6);
    await expect.poll(() => history.textContent()).toContain(`params: ${volume} after`);
    await expect.poll(inTable).toBe(String(result.front.length));
    expect(await marked()).toBe(result.front.length);
    expect(await line()).toBe("");
    const beyond = async () => /beyond .*/.exec((await history.textContent())!)![0];
    const before = await beyond();
    // The front alone spans the same volume, over the same reference point.
    await page.getByLabel("front only").check();
    await expect.poll(() => shown()).toBe(result.front.length);
    await expect.poll(() => history.textContent()).toContain(`params: ${volume} after`);
    expect(await beyond()).toBe(before);
    await page.getByLabel("of the plotted two").check();
    await expect.poll(() => shown()).toBe(planar.length);
    await expect.poll(inTable).toBe(String(planar.length));
    expect(await marked()).toBe(planar.length);
    expect((await line())!.split(" ").length).toBeGreaterThan(planar.length);
    await expect
      .poll(() => history.textContent())
      .toContain("hypervolume of latency_ms, accuracy:");
    await expect.poll(query).toMatchObject({ front: "plotted", only: "front" });
    await page.reload();
    await page.locator(SETTLED).first().waitFor();
    await expect.poll(inTable).toBe(String(planar.length));
  });

  it("says so where there is no such study", async () => {
    await page.goto(`${opened.server.url}#/front/999`);
    await page.getByText("no study '999'").waitFor();
    // The browser itself reports the answer 404.
    opened.errors.splice(0);
  });
});
