/** `tidemark serve`: the workbench in a browser, over the study store. */
import { spawn } from "node:child_process";
import { Command } from "commander";
import { startServer } from "../../server/index.ts";
import { storePath } from "../../study/index.ts";
import { integer, type Stored, storeOption } from "../options.ts";
import { say, warn } from "../talk.ts";

interface Flags extends Stored {
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
}

export const serve = () =>
  new Command("serve")
    .description("open the workbench in a browser: studies, fronts, designs, GPU, dynamic networks")
    .addOption(storeOption())
    .option("--host <address>", "to listen on; beyond this machine a token is needed", "127.0.0.1")
    .option("--port <n>", "0: one that is free", integer(0), 4747)
    .option("--no-open", "do not open the browser")
    .action(async ({ store, host, port, open }: Flags) => {
      const server = await startServer({ store: storePath(store), host, port });
      say(`Tidemark is at ${server.url} (Ctrl-C ends it)`);
      if (open) openBrowser(server.url);
      for (const signal of ["SIGINT", "SIGTERM"] as const)
        process.once(signal, () => void server.close().then(() => process.exit(0)));
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
