import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { storeEvent } from "../../src/server/api/schemas.ts";
import type { StoreEvent } from "../../src/server/api/types.ts";
import { blockOf } from "../../src/study/block.ts";
import { annotateStudy, openWriter } from "../../src/study/index.ts";
import { temporaryFolder } from "../study/helpers.ts";
import { served } from "./setup.ts";

const folder = temporaryFolder();
const meta = {
  objectives: [{ name: "loss", unit: "", goal: "minimize", stage: 0 }],
  constraints: [],
  notes: [],
  size: null,
} as const;
const batch = (n: number) =>
  blockOf([{ state: "complete", design: { x: n }, values: { loss: n } }]);

/** What a page hears, with when. */
async function listen(app: ReturnType<typeof served>) {
  const response = await app.ask("/api/events");
  expect(response.headers.get("content-type")).toMatch(/text\/event-stream/);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const heard: { readonly event: StoreEvent; readonly at: number }[] = [];
  const over = (async () => {
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const data = /^data: (.+)$/m.exec(part)?.[1];
        if (data !== undefined)
          heard.push({ event: storeEvent.parse(JSON.parse(data)), at: performance.now() });
      }
    }
  })();
  const soon = async (what: Partial<StoreEvent>, from = 0) => {
    for (let i = 0; i < 200; i++) {
      const found = heard
        .slice(from)
        .find(({ event }) => Object.entries(what).every(([k, v]) => event[k as never] === v));
      if (found !== undefined) return found;
      await sleep(20);
    }
    throw new Error(`not heard: ${JSON.stringify(what)} in ${JSON.stringify(heard)}`);
  };
  const close = async () => {
    await reader.cancel();
    await over;
  };
  return { heard, soon, close };
}

it("tells of new studies, trials, states and notes, and of a store that goes and comes back", async () => {
  const store = join(folder, "live.db");
  const app = served(folder, store);
  const page = await listen(app);
  await page.soon({ kind: "problem" });
  const writer = openWriter(store);
  const study = writer.create({ name: "live", spec: {}, meta });
  await page.soon({ kind: "studies" });
  await page.soon({ kind: "study", id: 1, state: "running", trials: 0 });
  for (let n = 1; n <= 3; n++) {
    study.append(batch(n));
    await page.soon({ kind: "study", id: 1, trials: n });
  }
  const before = page.heard.length;
  annotateStudy(store, 1, "a note");
  await page.soon({ kind: "studies" }, before);
  study.release("finished");
  await page.soon({ kind: "study", id: 1, state: "finished", trials: 3 });
  writer.close();
  const again = page.heard.length;
  rmSync(store);
  await page.soon({ kind: "problem" }, again);
  openWriter(store).close();
  await page.soon({ kind: "studies" }, page.heard.length - 1);
  await page.close();
});

it("tells each page that comes to read the list, and the others nothing", async () => {
  const store = join(folder, "pages.db");
  openWriter(store).close();
  const app = served(folder, store);
  const first = await listen(app);
  await first.soon({ kind: "studies" });
  await sleep(500);
  const quiet = first.heard.length;
  const second = await listen(app);
  await second.soon({ kind: "studies" });
  await sleep(300);
  expect(first.heard.length).toBe(quiet);
  await first.close();
  await second.close();
});

it("never keeps the study's writer waiting", async () => {
  const store = join(folder, "busy.db");
  const writer = openWriter(store, { busyTimeoutMs: 0 });
  const study = writer.create({ name: "busy", spec: {}, meta });
  const app = served(folder, store);
  const page = await listen(app);
  for (let n = 1; n <= 200; n++) {
    // With no patience at all the writer would fail at once where a reader held a lock.
    study.append(batch(n));
    await Promise.all([app.ask("/api/studies"), app.ask("/api/studies/1/trials?from=0")]);
  }
  await page.soon({ kind: "study", id: 1, trials: 200 });
  study.release("finished");
  writer.close();
  await page.close();
});
