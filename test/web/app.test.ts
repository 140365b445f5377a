/** The frame around the views, and the network that they share: addresses, titles, going back and forth. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_STUDY, openWriter, resolveSpec, runStudy } from "../../src/study/index.ts";
import { executablePath, type Opened, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const store = join(folder.path, "app.db");

describe.skipIf(executablePath === undefined)("the app", { timeout: 60_000 }, () => {
  let opened: Opened;
  beforeAll(async () => {
    const spec = resolveSpec({ ...DEFAULT_STUDY, search: "random", budget: { evaluations: 5 } });
    await runStudy(spec, { store, workers: 0 });
    opened = await openApp(store, "/studies");
    opened.page.setDefaultTimeout(20_000);
  }, 60_000);
  afterAll(async () => {
    expect(opened?.errors ?? []).toEqual([]);
    await opened?.close();
  });
  const to = async (path: string) => {
    await opened.page.goto(`${opened.server.url}#${path}`);
  };
  const fragment = () => decodeURIComponent(new URL(opened.page.url()).hash);
  const picker = () => opened.page.locator(".picker");

  it("names the view in the page's title", async () => {
    for (const name of ["Front", "Design", "GPU", "Dynamic", "Measure this GPU", "Studies"]) {
      await opened.page.getByRole("link", { name, exact: true }).first().click();
      await expect.poll(() => opened.page.title()).toBe(`${name} – Tidemark`);
    }
  });

  it("says what is wrong with an address, and asks the server for no such thing", async () => {
    const { page } = opened;
    for (const [path, message] of [
      ["/studies/%3Cb%3E", "no study '<b>'"],
      ["/studies/1e0", "no study '1e0'"],
      ["/studies/compare?a=x&b=1", "no study 'x'"],
      ["/front/-1", "no study '-1'"],
      ["/design?network=study:1", "'study:1' names no trial of a study"],
      ["/gpu?network=study:a:1", "'study:a:1' names no trial of a study"],
      ["/design?network=bogus", "named 'bogus'"],
      ["/design?network=zoo:mlp&precision=fp7", "precision 'fp7' is not known"],
      ["/design?network=zoo:mlp&batch=-4", "batch '-4', expected a whole number of at least 1"],
      ["/nowhere", "there is no view nowhere"],
    ] as const) {
      await to(path);
      await page.getByRole("alert").getByText(message).waitFor();
    }
  });

  it("lays out a network whose place in the address is far from all there is", async () => {
    await to("/design?network=zoo:mlp&at=1e308,1e308,1e308");
    await opened.page.locator(".graph-canvas canvas[data-costs=yes]").waitFor();
  });

  it("keeps the network from view to view, and in the address of each", async () => {
    const { page } = opened;
    await to("/design?network=zoo:mlp");
    await picker().getByText("mlp", { exact: true }).waitFor();
    await page.getByRole("link", { name: "GPU", exact: true }).click();
    await expect.poll(fragment).toBe("#/gpu?network=zoo:mlp");
  });

  it("goes back to a network from one that could not be opened", async () => {
    const { page } = opened;
    await to("/design?network=zoo:mlp");
    await picker().getByText("mlp", { exact: true }).waitFor();
    await to("/design?network=zoo:nope");
    await picker().getByRole("alert").waitFor();
    await page.goBack();
    await picker().getByRole("alert").waitFor({ state: "detached" });
    expect(await picker().locator(".open").textContent()).toBe("mlp");
  });

  it("leaves the address of another view alone when a network arrives late", async () => {
    const { page } = opened;
    await to("/design?network=zoo:mlp");
    await picker().getByText("mlp", { exact: true }).waitFor();
    let answer = () => {};
    const asked = new Promise<void>((done) => {
      void page.route("**/network", async (request) => {
        done();
        await new Promise<void>((go) => {
          answer = go;
        });
        await request.continue();
      });
    });
    await to("/design?network=study:1:2");
    await asked;
    await to("/studies");
    await page.locator("table.studies").waitFor();
    answer();
    await page.waitForResponse("**/network");
    await page.unrouteAll();
    await page.waitForTimeout(300);
    expect(fragment()).toBe("#/studies");
  });

  it("offers a network of a picked trial only where the space makes networks", async () => {
    const { page } = opened;
    await to("/front/1?pick=0");
    await page.getByRole("link", { name: "Show its network" }).waitFor();
    const writer = openWriter(store);
    const { spec, objectives, constraints } = writer.study(1);
    const block = writer.trials(1);
    const table = { ...(spec as object), space: { kind: "table", file: "t.csv" } };
    const meta = { objectives, constraints, notes: [], size: null };
    const study = writer.create({ name: "table", spec: table, meta });
    study.append(block);
    study.release("finished");
    writer.close();
    await to(`/front/${study.id}?pick=0`);
    await page.getByRole("heading", { level: 1, name: "table" }).waitFor();
    await page.getByRole("heading", { name: "Trial 0" }).waitFor();
    expect(await page.getByRole("link", { name: "Show its network" }).count()).toBe(0);
  });
});
