/** The program of a child process: does one task after the other. */
import { writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.ts";
import type { Reply, Request } from "./protocol.ts";
import { builtModule } from "./task.ts";

const send = (reply: Reply) =>
  new Promise<void>((resolve, reject) => {
    process.send!(reply, (error: Error | null) => (error ? reject(error) : resolve()));
  });

// Ctrl-C reaches the whole group of processes; the parent decides.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => process.exit(1));
process.on("disconnect", () => process.exit(1));
new Worker(builtModule(import.meta.url, "./watchdog.ts"), {
  workerData: Number(process.argv[2]),
}).unref();
sacrifice();

process.on("message", (request: Request) => void answer(request));
void send({ kind: "ready" });

async function answer({ module, name, input }: Request): Promise<void> {
  const reply = await perform(module, name, input);
  try {
    await send(reply);
  } catch (error) {
    await send({ kind: "broken", message: `${name}: its result cannot be sent: ${String(error)}` });
  }
}

async function perform(module: string, name: string, input: unknown): Promise<Reply> {
  try {
    const task = ((await import(module)) as Record<string, unknown>)[name];
    if (typeof task !== "function") throw new Error(`${module} exports no function ${name}`);
    const tell = (progress: unknown) => void send({ kind: "progress", progress });
    return { kind: "done", output: await task(input, tell) };
  } catch (error) {
    if (error instanceof UserError)
      return {
        kind: "failed",
        message: error.message,
        exitCode: error.exitCode,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      };
    return { kind: "broken", message: (error as Error)?.stack ?? String(error) };
  }
}

/** Where memory runs out, the kernel ends the process of the highest score: this one, not the parent. */
function sacrifice(): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/self/oom_score_adj", "500");
  } catch (error) {
    // A sandbox without a writable /proc: the kernel then chooses by size alone.
    if (
      !["EACCES", "EROFS", "ENOENT", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")
    )
      throw error;
  }
}
