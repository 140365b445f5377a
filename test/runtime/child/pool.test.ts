import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  builtModule,
  ChildPool,
  type ChildPoolOptions,
  childTask,
} from "../../../src/runtime/child/index.ts";

const module = new URL("./tasks.mjs", import.meta.url);
const double = childTask<number, number>(module, "double");
const pid = childTask<undefined, number>(module, "pid");
const crash = childTask<string, never>(module, "crash");
const hang = childTask<undefined, never>(module, "hang");

process.env.TIDEMARK_ERRORS = new URL("../../../dist/base/errors.js", import.meta.url).href;

const open: ChildPool[] = [];
function pool(options?: ChildPoolOptions): ChildPool {
  const made = new ChildPool(options);
  open.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((p) => p.close()));
});

const caught = (work: Promise<unknown>): Promise<Error & { hint?: string }> =>
  work.then(
    () => new Error("it did not fail"),
    (e: unknown) => e as Error,
  );

function gone(id: number): boolean {
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function soon(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

describe("a pool of child processes", () => {
  it("tells of a task's progress in order, before its end, and to its own request alone", async () => {
    const steps = childTask<number, number, { readonly done: number }>(module, "steps");
    const p = pool();
    const heard: number[][] = [[], []];
    const ends = await Promise.all(
      [3, 200].map(async (n, i) => {
        await p.run(steps, n, { onProgress: ({ done }) => heard[i]!.push(done) });
        return heard[i]!.length;
      }),
    );
    expect(ends).toEqual([3, 200]);
    expect(heard).toEqual([3, 200].map((n) => Array.from({ length: n }, (_, i) => i + 1)));
    // Nobody has to listen.
    expect(await p.run(steps, 5)).toBe(5);
  });

  it("does many requests in few processes, none of them this one", async () => {
    const p = pool({ size: 2 });
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => p.run(double, i)));
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
    expect(p.pids.length).toBeLessThanOrEqual(2);
    expect(p.pids).not.toContain(process.pid);
  });

  it("passes tensors both ways", async () => {
    const task = childTask<unknown, unknown>(module, "tensors");
    const data = Float32Array.from({ length: 300_000 }, (_, i) => i);
    const got = await pool().run(task, { data, big: 2n ** 62n, none: undefined });
    expect(got).toEqual({ data: data.map((x) => x + 1), big: 2n ** 62n + 1n, none: undefined });
  });

  it.each([
    ["SIGSEGV", /^trial 7: its process died \(SIGSEGV\)$/, /native library crashed/],
    ["abort", /^trial 7: its process died \(SIGABRT\)$/, /native library crashed/],
    // As the kernel does where memory runs out.
    ["SIGKILL", /^trial 7: its process died \(SIGKILL\)$/, /memory ran out/],
    ["exit", /^trial 7: its process died \(exit code 3\)$/, /last words/],
  ])("fails one request where its process ends by %s", async (how, message, hint) => {
    const p = pool();
    const before = await p.run(pid, undefined);
    const [error, after] = await Promise.all([
      caught(p.run(crash, how, { what: "trial 7" })),
      p.run(pid, undefined),
    ]);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(error.hint).toMatch(/it said: last words/);
    expect(after).not.toBe(before);
    expect(gone(before)).toBe(true);
  });

  it("starts a new process where one died between requests", async () => {
    const p = pool();
    const first = await p.run(pid, undefined);
    process.kill(first, "SIGKILL");
    expect(await soon(() => p.pids.length === 0)).toBe(true);
    expect(await p.run(pid, undefined)).not.toBe(first);
  });

  it("ends what takes too long, and goes on", async () => {
    const p = pool();
    const before = await p.run(pid, undefined);
    const error = await caught(p.run(hang, undefined, { timeLimitMs: 300, what: "trial 8" }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe("trial 8: took longer than 0.3 s, and was ended");
    expect(gone(before)).toBe(true);
    expect(await p.run(double, 4)).toBe(8);
  });

  it("stops what runs, and what waits", async () => {
    const p = pool();
    await p.run(double, 1);
    const running = new AbortController();
    const waiting = new AbortController();
    const a = caught(p.run(hang, undefined, { signal: running.signal }));
    const b = caught(p.run(double, 1, { signal: waiting.signal }));
    const c = p.run(double, 3);
    waiting.abort();
    expect((await b).message).toBe("double: stopped");
    running.abort();
    expect((await a).message).toBe("hang: stopped");
    expect(await c).toBe(6);
    const never = caught(p.run(double, 1, { signal: AbortSignal.abort() }));
    expect((await never).message).toBe("double: stopped");
  });

  it("passes on what a task throws: the user's error, or ours", async () => {
    const p = pool();
    const user = await caught(p.run(childTask<undefined, never>(module, "fail"), undefined));
    expect(user).toBeInstanceOf(UserError);
    expect(user).toMatchObject({ message: "wrong input", hint: "mend it", exitCode: 2 });
    const ours = await caught(p.run(childTask<undefined, never>(module, "defect"), undefined));
    expect(ours).not.toBeInstanceOf(UserError);
    expect(ours.message).toMatch(/TypeError: our own defect/);
    const missing = await caught(p.run(childTask<undefined, never>(module, "nothing"), undefined));
    expect(missing.message).toMatch(/exports no function nothing/);
    const result = await caught(
      p.run(childTask<undefined, never>(module, "unsendable"), undefined),
    );
    expect(result.message).toMatch(/unsendable: its result cannot be sent/);
    const input = await caught(p.run(childTask<unknown, never>(module, "double"), () => {}));
    expect(input.message).toMatch(/could not be cloned/);
    // None of them cost the process.
    expect(await p.run(double, 5)).toBe(10);
    expect(p.pids).toHaveLength(1);
  });

  it("leaves nothing behind when it is closed", async () => {
    const p = pool({ size: 2 });
    await Promise.all([p.run(pid, undefined), p.run(pid, undefined)]);
    const { pids } = p;
    const running = caught(p.run(hang, undefined, { what: "trial 9" }));
    const others = [hang, double].map((task) => caught(p.run(task as typeof double, 1)));
    await p.close();
    expect((await running).message).toBe("trial 9: the processes were closed");
    for (const other of others) expect((await other).message).toMatch(/the processes were closed/);
    expect(pids.every(gone)).toBe(true);
    expect((await caught(p.run(double, 1))).message).toMatch(/the processes were closed/);
  });

  it("keeps nobody waiting who has forgotten to close it", async () => {
    const index = new URL("../../../dist/runtime/child/index.js", import.meta.url).href;
    const script = `
      const { ChildPool, childTask } = await import(${JSON.stringify(index)});
      const double = childTask(new URL(${JSON.stringify(module.href)}), "double");
      console.log(await new ChildPool().run(double, 21));`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    parent.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    expect(await new Promise((resolve) => parent.on("close", resolve))).toBe(0);
    expect(said).toBe("42\n");
  });

  it("refuses no processes, and no time", () => {
    expect(() => new ChildPool({ size: 0 })).toThrow(UserError);
    expect(() => new ChildPool({ timeLimitMs: 0 })).toThrow(UserError);
  });
});

describe("children end with their parent", () => {
  const index = builtModule(
    new URL("../../../src/runtime/x.ts", import.meta.url).href,
    "./child/index.ts",
  );
  const started: number[] = [];
  afterAll(() => {
    for (const id of started) if (!gone(id)) process.kill(id, "SIGKILL");
  });

  it.each(["SIGKILL", "SIGTERM"] as const)("also by %s", async (signal) => {
    expect(existsSync(fileURLToPath(index)), "the build is there").toBe(true);
    const script = fileURLToPath(new URL("./parent.mjs", import.meta.url));
    const parent = spawn(process.execPath, [script, index.href], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids = await new Promise<number[]>((resolve) => {
      parent.stdout.once("data", (text: Buffer) => resolve(JSON.parse(text.toString())));
    });
    started.push(...pids);
    expect(pids).toHaveLength(2);
    expect(pids.some(gone)).toBe(false);
    parent.kill(signal);
    expect(await soon(() => pids.every(gone))).toBe(true);
  });
});
