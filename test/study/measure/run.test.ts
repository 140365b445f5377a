import { afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import type { Measurement } from "../../../src/gpu/measure/index.ts";
import { type MeasureOptions, runMeasure } from "../../../src/study/measure/index.ts";

const child = new URL("./misbehaving-child.mjs", import.meta.url);

afterEach(() => {
  delete process.env.MISBEHAVE;
});

async function fails(misbehave: string, options: MeasureOptions = {}) {
  process.env.MISBEHAVE = misbehave;
  const measurements: Measurement[] = [];
  let pid = 0;
  const error = await runMeasure({
    child,
    ...options,
    onMeasurement: (m) => measurements.push(m),
    onAdapter: ({ description }) => {
      pid = Number(description.replace("process ", ""));
    },
  }).then(
    () => new Error("it did not fail"),
    (e: unknown) => e as Error & { hint?: string },
  );
  // Nothing of ours may be left, however it ended.
  if (pid > 0) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  return { error, hint: error instanceof UserError ? error.hint : undefined, measurements, pid };
}

describe("runMeasure watches its child", () => {
  it.each([
    ["crash", /died \(SIGSEGV\); the last kernel was fma on 3 workgroups/],
    ["exit", /died \(exit code 3\); the last kernel was fma on 3 workgroups/],
  ])("names what ran last on a %s, and keeps what was measured", async (how, message) => {
    const { error, hint, measurements, pid } = await fails(how);
    expect(pid).toBeGreaterThan(0);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(hint).toMatch(/the driver's last words/);
    expect(measurements).toHaveLength(1);
  });

  it("gives up on one that hangs, and ends it", async () => {
    const { error, measurements } = await fails("hang", { silenceMs: 1500 });
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/not answered for 1\.5 s; the last kernel was fma on 3/);
    expect(measurements).toHaveLength(1);
  });

  it("passes on what the child reports, as an error of the user or as ours", async () => {
    const failed = await fails("fail");
    expect(failed.error).toBeInstanceOf(UserError);
    expect(failed.error.message).toBe("the GPU was lost");
    expect(failed.hint).toMatch(/^do this/);
    const broken = await fails("break");
    expect(broken.error).not.toBeInstanceOf(UserError);
    expect(broken.error.message).toBe("our own defect");
  });

  it("stops when it is told to, before and in the middle", async () => {
    const controller = new AbortController();
    const running = fails("hang", {
      signal: controller.signal,
      onProgress: ({ what }) => {
        if (what.startsWith("fma")) controller.abort();
      },
    });
    expect((await running).error.message).toMatch(/stopped/);
    expect((await fails("hang", { signal: AbortSignal.abort() })).error.message).toMatch(/stopped/);
  });
});
