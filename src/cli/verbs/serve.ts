/** `tidemark serve`: the workbench in a browser, over the study store. */
import { spawn } from "node:child_process";
import { Command } from "commander";
import { printable } from "../../report/index.ts";
import { exportApp } from "../../server/export.ts";
import { startServer } from "../../server/index.ts";
import { storePath } from "../../study/index.ts";
import { integer, type Stored, storeOption } from "../options.ts";
import { say, warn } from "../talk.ts";

interface Flags extends Stored {
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
  readonly readOnly?: boolean;
  readonly export?: string;
}

export const serve = () =>
  new Command("serve")
    .description("open the workbench in a browser: studies, fronts, designs, GPU, dynamic networks")
    .addOption(storeOption())
    .option("--host <address>", "to listen on; beyond this machine a token is needed", "127.0.0.1")
    .option("--port <n>", "0: one that is free", integer(0), 4747)
    .option("--no-open", "do not open the browser")
    .option("--read-only", "studies are shown; none is started, stopped or annotated")
    .option(
      "--export <folder>",
      "write the app with the studies as files for a static host, and end",
    )
    .action(async ({ store, host, port, open, readOnly = false, export: folder }: Flags) => {
      const path = storePath(store);
      if (folder !== undefined) {
        const { studies, gaps, folder: written } = await exportApp({ store: path, folder });
        for (const gap of gaps) warn(printable(gap));
        say(`${studies} ${studies === 1 ? "study" : "studies"} exported: ${written}`);
        return;
      }
      const server = await startServer({ store: path, host, port, readOnly });
      say(`Tidemark is at ${server.url} (Ctrl-C ends it)`);
      if (open) openBrowser(server.url);
      await asked();
      await server.close();
    });

/** Until Ctrl-C, or being told to end: the command ends when its action does. */
const asked = () =>
  new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });

function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command!, args, { stdio: "ignore", detached: true });
  child.once("error", () => warn("no browser could be opened: open the address yourself"));
  child.unref();
}
