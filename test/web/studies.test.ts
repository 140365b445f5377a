import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";
import { executablePath, openApp, temporaryFolder } from "./browser.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

it.skipIf(executablePath === undefined)("shows the studies of a store", async () => {
  const store = join(folder.path, "studies.db");
  const spec = resolveSpec({
    ...DEFAULT_STUDY,
    name: "<img src=x onerror=alert(1)>",
    search: { algorithm: "random" },
    budget: { evaluations: 40 },
  });
  await runStudy(spec, { store, workers: 0 });
  const { page, errors, close } = await openApp(store);
  try {
    const rows = page.locator("table.rows tbody tr");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    expect(await rows.first().textContent()).toContain("<img src=x onerror=alert(1)>");
    expect(errors).toEqual([]);
  } finally {
    await close();
  }
});
