/** The app in Debian's chromium over a server of its own, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { type RunningServer, startServer } from "../../src/server/index.ts";
import { chromiumPath } from "../shared.ts";

export const executablePath = chromiumPath();
/** As `npm run build` left it. */
export const WEB = fileURLToPath(new URL("../../dist/web/", import.meta.url));

export interface Opened {
  readonly page: Page;
  readonly server: RunningServer;
  /** What the page wrote to its console as an error, and what it threw. */
  readonly errors: string[];
  close(): Promise<void>;
}

/** @param path behind the `#`, e.g. `/studies/1/front` */
export async function openApp(
  store: string,
  path = "",
  flags: readonly string[] = [],
): Promise<Opened> {
  const server = await startServer({ store, port: 0, web: WEB });
  const browser: Browser = await chromium.launch({
    executablePath: executablePath!,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      ...flags,
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${server.url}#${path}`);
  return {
    page,
    server,
    errors,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** A folder that goes when the test file ends; call within a test file's top level. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "tidemark-web-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
