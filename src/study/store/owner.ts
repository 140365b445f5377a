/** Which process runs a study, and whether it is still alive. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export interface Owner {
  readonly pid: number;
  /** When the process began, as its system tells it: a reused pid has another start. */
  readonly start: string;
  /** Changes with every boot of the machine; "" where the system does not tell. */
  readonly boot: string;
  readonly host: string;
  /** Unique to one run, so that a writer sees that it no longer owns the study. */
  readonly token: string;
}

export function thisOwner(): Owner {
  return {
    pid: process.pid,
    start: processStart(process.pid) ?? "",
    boot: bootId(),
    host: hostname(),
    token: randomUUID(),
  };
}

/** `unknown`: it runs, or ran, on another machine, and nobody here can tell. */
export function liveness(owner: Owner): "alive" | "dead" | "unknown" {
  if (owner.host !== hostname()) return "unknown";
  if (owner.boot !== bootId()) return "dead";
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "dead";
  }
  const start = processStart(owner.pid);
  return start === undefined || start === owner.start ? "alive" : "dead";
}

/** Undefined where the process is gone or the system does not say. */
function processStart(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The command, field 2, may hold spaces and parentheses; the start time is field 22.
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    } catch {
      return undefined;
    }
  }
  if (process.platform === "win32") return undefined;
  const ps = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return ps.stdout?.trim() || undefined;
}

function bootId(): string {
  if (process.platform !== "linux") return "";
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}
