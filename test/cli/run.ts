/** Runs the command as a user does: a process of its own, on a store of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A new folder and a function that runs `tidemark ARGS` in it, with its store there too.
 *
 * @param timeoutMs after it a command that hangs is killed: its exit code is null
 */
export function commandIn(
  folder = mkdtempSync(join(tmpdir(), "tidemark-cli-")),
  timeoutMs?: number,
) {
  const run = (...args: string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, TIDEMARK_STORE: join(folder, "studies.db"), NO_COLOR: "1" },
      maxBuffer: 2 ** 28,
      timeout: timeoutMs,
      // Node itself hangs where a test waits for that: no handler of signals runs.
      killSignal: "SIGKILL",
    });
    return { code: status, stdout, stderr };
  };
  return { folder, run };
}

/** What every failure looks like: the exit code, one `error:`, and no stack trace. */
export function failure(ran: Ran, code: 1 | 2): string {
  const problems = [];
  if (ran.code !== code) problems.push(`exit code ${ran.code}, expected ${code}`);
  if ((ran.stderr.match(/^error:/gm) ?? []).length !== 1) problems.push("not exactly one error");
  if (/^\s+at .*:\d+:\d+\)?$/m.test(ran.stderr)) problems.push("a stack trace");
  if (/defect of Tidemark/.test(ran.stderr)) problems.push("reported as a defect");
  if (problems.length > 0) throw new Error(`${problems.join(", ")}:\n${ran.stderr}${ran.stdout}`);
  return ran.stderr;
}
