/** The Studies view in a browser, over real studies and real processes. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DEFAULT_STUDY,
  openReader,
  openWriter,
  resolveSpec,
  runStudy,
} from "../../src/study/index.ts";
import { slowStudy } from "../server/setup.ts";
import { problemsInBothColours } from "./axe.ts";
import { executablePath, type Opened, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const store = join(folder.path, "studies.db");
const HTML = "<img src=x onerror=alert(1)>";
const PATIENCE = { timeout: 20_000 };

describe.skipIf(executablePath === undefined)("the Studies view", { timeout: 90_000 }, () => {
  let opened: Opened;
  beforeAll(async () => {
    const study = async (name: string, search: object, evaluations: number) =>
      await runStudy(resolveSpec({ ...DEFAULT_STUDY, name, search, budget: { evaluations } }), {
        store,
        workers: 0,
      });
    await study(HTML, { algorithm: "random" }, 40);
    await study("evolved", { algorithm: "nsga2", population: 20 }, 80);
    opened = await openApp(store, "/studies");
  }, 90_000);
  afterAll(async () => {
    await opened?.close();
  });
  const rows = () => opened.page.locator("table.studies tbody tr");
  const row = (name: string) => rows().filter({ hasText: name });
  const to = async (path: string) => {
    await opened.page.goto(`${opened.server.url}#${path}`);
  };

  it("lists the studies of a store, names with HTML in them as text", async () => {
    await rows().first().waitFor(PATIENCE);
    expect(await rows().count()).toBe(2);
    const text = await row(HTML).textContent();
    for (const part of [HTML, "finished", "40", "accuracy", "latency_ms", "random", "nasbench201"])
      expect(text).toContain(part);
    expect(await opened.page.locator("img").count()).toBe(0);
    expect(await problemsInBothColours(opened.page)).toEqual([]);
  });

  it("filters by text and state and sorts, and the address says how", async () => {
    const { page } = opened;
    await page.getByLabel("Filter by text").fill("nsga2");
    await row(HTML).waitFor({ state: "detached" });
    expect(await rows().count()).toBe(1);
    expect(page.url()).toContain("q=nsga2");
    await page.getByLabel("State").selectOption("running");
    await page.getByText("No study is like that").waitFor();
    await to("/studies?sort=-trials");
    await page.reload();
    await rows().nth(1).waitFor(PATIENCE);
    expect(await rows().first().textContent()).toContain("evolved");
    await page.getByRole("button", { name: "Trials" }).press("Enter");
    await page.waitForURL(/sort=trials/);
    expect(await rows().first().textContent()).toContain(HTML);
  });

  it("shows one study and keeps a note on it", async () => {
    const { page } = opened;
    await row(HTML).getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: HTML }).waitFor(PATIENCE);
    await page.getByText("15,625 designs").waitFor();
    await page.getByText("NAS-Bench-201 (Dong & Yang").waitFor();
    await page.getByText(/trials? on the front/).waitFor();
    expect(await page.locator("pre.spec").textContent()).toContain('"rtx-2080-ti"');
    const front = page.getByRole("main").getByRole("link", { name: "Front" });
    expect(await front.getAttribute("href")).toBe("#/front/1");
    await page.getByRole("button", { name: "Write a note" }).click();
    await page.keyboard.type("# Baseline\n\n**bold** <b>text</b> [x](javascript:alert(1))");
    expect(await problemsInBothColours(page)).toEqual([]);
    await page.getByRole("button", { name: "Save the note" }).click();
    await page.getByRole("heading", { name: "Baseline" }).waitFor(PATIENCE);
    await page.getByText("<b>text</b> [x](javascript:alert(1))").waitFor();
    expect(await page.locator(".markdown strong").textContent()).toBe("bold");
    const reader = openReader(store);
    expect(reader.study(1).note).toMatch(/^# Baseline\n\n\*\*bold\*\*/);
    reader.close();
    await page.getByRole("link", { name: "Studies" }).last().click();
    await row("Baseline").waitFor(PATIENCE);
  });

  it("offers to go on with a finished study, up to the last design of its space", async () => {
    const { page } = opened;
    const writer = openWriter(store);
    const { objectives, constraints, notes, spec } = writer.study(1);
    const block = writer.trials(1);
    const ids = [block.count, block.count + 5].map((size) => {
      const meta = { objectives, constraints, notes, size };
      const owned = writer.create({ name: `of ${size} designs`, spec, meta });
      owned.append(block);
      owned.release("finished");
      return owned.id;
    });
    await to(`/studies/${ids[1]}`);
    await page.getByText("Go on to").waitFor(PATIENCE);
    expect(await page.getByLabel("Go on to").inputValue()).toBe(String(block.count + 5));
    await to(`/studies/${ids[0]}`);
    await page.getByRole("heading", { level: 1, name: `of ${block.count} designs` }).waitFor();
    await page.getByText(/trials? on the front/).waitFor(PATIENCE);
    expect(await page.getByText("Go on to").count()).toBe(0);
    for (const id of ids) writer.remove(id);
    writer.close();
    await to("/studies");
  });

  it("keeps the study in the navigation, and has room at the width of a telephone", async () => {
    const { page } = opened;
    const nav = (name: string) =>
      page.getByRole("navigation").getByRole("link", { name, exact: true });
    await to("/front/2?pick=3");
    await page.getByRole("heading", { level: 1, name: "evolved" }).waitFor(PATIENCE);
    await expect.poll(() => page.title()).toBe("evolved – Front – Tidemark");
    await nav("Design").click();
    await expect.poll(() => page.title()).toBe("Design – Tidemark");
    await nav("Front").click();
    await page.getByRole("heading", { level: 1, name: "evolved" }).waitFor(PATIENCE);
    expect(page.url()).toContain("#/front/2?pick=3");
    await page.setViewportSize({ width: 400, height: 800 });
    expect((await page.locator("header.top").boundingBox())!.height).toBeLessThan(100);
    await nav("Measure this GPU").focus();
    expect((await nav("Measure this GPU").boundingBox())!.x).toBeLessThan(400);
    await page.setViewportSize({ width: 1366, height: 900 });
    const writer = openWriter(store);
    const { constraints, notes, spec } = writer.study(1);
    const objectives = ["accuracy", "latency_ms_rtx", "latency_ms_t4", "params", "energy"].map(
      (name) => ({ name, unit: "ms", goal: "minimize" as const, stage: 0 }),
    );
    const name = "a search for cells that are fast on two boards and small";
    const many = writer.create({
      name,
      spec,
      meta: { objectives, constraints, notes, size: null },
    });
    many.release("finished");
    await to("/studies");
    await row(name).waitFor(PATIENCE);
    const [table, room] = await Promise.all(
      ["table.studies", ".wide"].map((part) => page.locator(part).boundingBox()),
    );
    expect(table!.width).toBeLessThanOrEqual(room!.width + 1);
    writer.remove(many.id);
    writer.close();
    await row(name).waitFor({ state: "detached", ...PATIENCE });
  });

  it("compares two studies: what differs, and nothing else", async () => {
    const { page } = opened;
    await rows().first().waitFor(PATIENCE);
    for (const name of [HTML, "evolved"]) await page.getByLabel(`Compare ${name}`).check();
    await page.getByRole("link", { name: "Compare the two ticked" }).click();
    await page.getByText("Hypervolume").waitFor(PATIENCE);
    const text = (await page.getByRole("main").textContent())!;
    for (const part of ["search.algorithm", "search.population", "budget.evaluations"])
      expect(text).toContain(part);
    for (const part of ["space.kind", "seed", "device", "batch"]) expect(text).not.toContain(part);
    expect(text).toMatch(/Best accuracy[\d.]+ %/);
    expect(await problemsInBothColours(page)).toEqual([]);
  });

  it("says in one message what is wrong with a study file", async () => {
    const { page } = opened;
    await to("/studies");
    await page.getByRole("button", { name: "Start a study" }).click();
    const text = page.getByLabel("Study file, YAML or JSON");
    await text.fill("space: { kind: zooo }\nobjectives: [params]");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("alert").getByText("did you mean 'zoo'?").waitFor(PATIENCE);
    await text.fill("space: { kind: table, file: /etc/passwd }\nobjectives: [x]");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("alert").getByText("may name none").waitFor(PATIENCE);
    expect(await problemsInBothColours(page)).toEqual([]);
  });

  it("starts a study, follows it, and sees its process killed; resumes and stops it", async () => {
    const { page } = opened;
    await page.getByLabel("Study file, YAML or JSON").fill(slowStudy("followed", 5));
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "followed" }).waitFor(PATIENCE);
    const state = (word: string) => page.locator(".page-head .state", { hasText: word });
    await state("running").waitFor(PATIENCE);
    const trials = async () =>
      Number((await page.locator("dl.facts dd").first().textContent())!.replace(/[^\d]/g, ""));
    const grows = async () => {
      const before = await trials();
      await expect.poll(trials, PATIENCE).toBeGreaterThan(before);
    };
    await grows();
    await page.getByText("Best").waitFor(PATIENCE);
    const pid = () => {
      const reader = openReader(store);
      const { owner } = reader.study("followed");
      reader.close();
      return owner!.pid;
    };
    process.kill(pid(), "SIGKILL");
    await state("interrupted").waitFor(PATIENCE);
    await page.getByText("its process failed").waitFor(PATIENCE);
    await page.getByRole("button", { name: "Resume" }).click();
    await state("running").waitFor(PATIENCE);
    await grows();
    await page.getByRole("button", { name: "Stop" }).click();
    await state("interrupted").waitFor(PATIENCE);
    await page.getByRole("button", { name: "Resume" }).waitFor();
    expect(opened.errors.filter((line) => !/status of 400/.test(line))).toEqual([]);
  });

  it("says so of a study that is deleted, and of a store that is, while they are watched", async () => {
    const { page } = opened;
    const writer = openWriter(store);
    writer.remove(writer.study("followed").id);
    writer.close();
    await page.getByText("study 'followed' is no longer in the store").waitFor(PATIENCE);
    await page.getByRole("heading", { level: 1, name: "followed" }).waitFor();
    await to("/studies");
    await rows().first().waitFor(PATIENCE);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${store}${end}`, { force: true });
    await page.getByText(/no store at/).waitFor(PATIENCE);
    await runStudy(
      resolveSpec({ ...DEFAULT_STUDY, name: "new", search: "random", budget: { evaluations: 3 } }),
      { store, workers: 0 },
    );
    await row("new").waitFor(PATIENCE);
    await page.getByText(/no store at/).waitFor({ state: "detached", ...PATIENCE });
    await to("/studies/77");
    await page.getByText("no study '77'").waitFor(PATIENCE);
  });
});
