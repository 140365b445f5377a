/** Full disks, code that exits or hangs, options of Node, changed inputs: one clear end each. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commandIn, failure } from "./run.ts";

const BIN = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

/** A study file whose second objective is computed by `body`. */
function withModule(folder: string, body: string, evaluations = 20): string {
  writeFileSync(join(folder, "own.mjs"), body);
  writeFileSync(
    join(folder, "own.yaml"),
    `space: { kind: parameters, parameters: { x: { type: integer, low: 0, high: 39 } } }
objectives: [{ name: q, module: ./own.mjs, goal: minimize }]
budget: { evaluations: ${evaluations} }
batch: 5
`,
  );
  return "own.yaml";
}

function inFolder(folder: string, command: string, args: readonly string[], stdout?: number) {
  const ran = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", stdout ?? "pipe", "pipe"],
    env: { ...process.env, TIDEMARK_STORE: join(folder, "studies.db"), NO_COLOR: "1" },
  });
  return { code: ran.status, stdout: ran.stdout ?? "", stderr: ran.stderr };
}

const TABLE = ["--table", "t.csv", "--maximize", "acc", "--minimize", "ms", "--no-report"];

function tableIn(folder: string, text = "id,acc,ms\na,1,2\nb,3,4\nc,2,5\n") {
  writeFileSync(join(folder, "t.csv"), text);
}

test("a module that keeps a timer does not keep the command", () => {
  const { folder, run } = commandIn();
  const file = withModule(
    folder,
    "setInterval(() => {}, 1000); export const evaluate = ({ x }) => ({ q: x });",
  );
  expect(run("explore", file, "--no-report").code).toBe(0);
});

test("a module that exits as it is imported is an error, and leaves no study", () => {
  const { folder, run } = commandIn();
  const file = withModule(folder, "process.exit(0);");
  expect(failure(run("explore", file), 1)).toContain("process.exit");
  expect(run("studies", "-f", "json").stdout.trim()).toBe("[]");
});

test("a module that never answers is given up soon after one signal", async () => {
  const { folder, run } = commandIn();
  const file = withModule(
    folder,
    "export const evaluate = ({ x }) => (x < 7 ? { q: x } : new Promise(() => {}));",
  );
  const child = spawn(process.execPath, [BIN, "explore", file, "--no-report", "--name", "stuck"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TIDEMARK_STORE: join(folder, "studies.db") },
  });
  let stderr = "";
  child.stderr!.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = once(child, "exit");
  for (;;) {
    const ran = run("studies", "-f", "json");
    if (ran.code === 0 && JSON.parse(ran.stdout)[0]?.trials === 5) break;
    expect(child.exitCode).toBeNull();
  }
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(1);
  expect(stderr).toMatch(/finishing the batch.*again to stop at once/);
  expect(stderr).toContain("tidemark resume stuck");
  expect(JSON.parse(run("studies", "-f", "json").stdout)).toMatchObject([
    { state: "interrupted", trials: 5 },
  ]);
});

test("options of the Node process are no obstacle for worker threads", () => {
  const { folder } = commandIn();
  const file = withModule(folder, "export const evaluate = ({ x }) => ({ q: x });");
  const args = ["--max-old-space-size=600", BIN, "explore", file, "--no-report"];
  const ran = inFolder(folder, process.execPath, args);
  expect(ran.code, ran.stderr).toBe(0);
});

test.runIf(process.platform === "linux")("output that cannot be written is one error", () => {
  const { folder, run } = commandIn();
  tableIn(folder);
  expect(run("explore", ...TABLE).code).toBe(0);
  const full = openSync("/dev/full", "w");
  for (const verb of ["front", "export", "studies"]) {
    const ran = inFolder(folder, process.execPath, [BIN, verb], full);
    expect(failure(ran, 1)).toMatch(/output cannot be written.*no space left/);
  }
});

/** A small disk that needs no rights: a file system in memory, in a namespace of our own. */
const SMALL_DISK = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"';
const canMount =
  process.platform === "linux" &&
  spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs none /mnt"]).status === 0;
if (!canMount) console.log("skipped: a full disk (no user namespaces here)");

test.runIf(canMount)("a disk that gets full is one error, and what is stored stays", () => {
  const { folder } = commandIn();
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const script = `"$1" "$2" explore -a random -n 3000 --no-report; code=$?
    "$1" "$2" export -f csv | wc -l; exit $code`;
  // On the larger one only moving the log into the store fails, and the log is as good.
  for (const size of ["120k", "300k"]) {
    const small = ["-rm", "sh", "-c", SMALL_DISK, "sh", size, disk];
    const run = [...small, "sh", "-c", script, "sh", process.execPath, BIN];
    const ran = spawnSync("unshare", run, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, TIDEMARK_STORE: join(disk, "s.db"), NO_COLOR: "1" },
    });
    const { status: code, stdout, stderr } = ran;
    const lines = Number(stdout.trim().split("\n").at(-1));
    if (code === 0) expect(lines).toBe(3001);
    else expect(failure({ code, stdout, stderr }, 1)).toMatch(/disk is full\n {2}free some space/);
    expect(code).toBe(size === "300k" ? 0 : 1);
    expect(lines).toBeGreaterThan(0);
  }
});

test("a study is not resumed on a table that changed or is gone", () => {
  const { folder, run } = commandIn();
  tableIn(folder);
  expect(run("explore", ...TABLE, "-n", "2").code).toBe(0);
  const again = ["resume", "1", "-n", "3", "--no-report"];
  tableIn(folder, "id,acc,ms\na,1,2\nb,3,4\nc,2,6\n");
  const changed = failure(run(...again), 2);
  expect(changed).toMatch(/study 't'.*t\.csv.*SHA-256 was [0-9a-f]{64}, and now is [0-9a-f]{64}/);
  rmSync(join(folder, "t.csv"));
  const gone = failure(run(...again), 2);
  expect(gone).toMatch(/table .*t\.csv does not exist/);
  expect(gone).not.toContain("ENOENT");
  tableIn(folder);
  expect(run(...again).code).toBe(0);
  expect(JSON.parse(run("studies", "-f", "json").stdout)).toMatchObject([
    { state: "finished", trials: 3 },
  ]);
});

test("numbers near the largest leave a study that can be read", () => {
  const { folder, run } = commandIn();
  tableIn(folder, "id,acc,ms\na,1e308,-1e308\nb,-1e308,1e308\nc,2,5\n");
  for (const args of [["explore", ...TABLE], ["front"]]) {
    const ran = run(...args);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain("no hypervolume: it is beyond the largest number");
  }
  expect(run("report").code).toBe(0);
});

test("what a budget or a reference leaves nothing of is said", () => {
  const { folder, run } = commandIn();
  tableIn(folder);
  expect(run("explore", ...TABLE, "--minutes", "1e-9").stderr).toMatch(
    /warning: the time was over before the first batch/,
  );
  writeFileSync(
    join(folder, "far.yaml"),
    `space: { kind: table, file: t.csv }
objectives: [{ name: acc, goal: maximize }, { name: ms, goal: minimize }]
reference: { acc: 99, ms: 0 }
`,
  );
  expect(run("explore", "far.yaml", "--no-report").stderr).toMatch(
    /hypervolume 0 to acc 99, ms 0: no design is better/,
  );
});
