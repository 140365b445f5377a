import { afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s, zeros } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { ChildPool, isolatedEngine } from "../../../src/runtime/child/index.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

let pool: ChildPool;
afterEach(() => pool.close());

const input = (batch: number) =>
  ({
    dtype: "float32",
    dims: [batch, 3, 16, 16],
    data: Float32Array.from({ length: batch * 768 }, (_, i) => Math.sin(i)),
  }) as const;

describe("an isolated engine", () => {
  it("gives what the engine in this process gives", async () => {
    pool = new ChildPool({ size: 2 });
    const graph = buildNetwork("resnet-cifar", { depth: 8, resolution: 16 });
    const here = await nodeEngine.open(graph, { threads: 1 });
    const there = await isolatedEngine(pool).open(graph, { threads: 1 });
    expect(there.inputs).toEqual(here.inputs);
    expect(there.outputs).toEqual(here.outputs);
    const batches = [1, 2, 3];
    const want = await Promise.all(batches.map((b) => here.run({ input: input(b) })));
    const got = await Promise.all(batches.map((b) => there.run({ input: input(b) })));
    expect(got).toEqual(want);
    await there.release();
    await expect(there.run({ input: input(1) })).rejects.toThrow(/the session is released/);
    await here.release();
  });

  it("opens a session again in a new process where the old one died", async () => {
    pool = new ChildPool();
    const session = await isolatedEngine(pool).open(
      buildNetwork("resnet-cifar", { depth: 8, resolution: 16 }),
      { threads: 1 },
    );
    const before = await session.run({ input: input(1) });
    const [id] = pool.pids;
    process.kill(id!, "SIGSEGV");
    // The request under way may be the one that fails; the next does not.
    const during = await session.run({ input: input(1) }).catch((e: unknown) => e);
    if (during instanceof Error) expect(during.message).toMatch(/died \(SIGSEGV\)/);
    expect(await session.run({ input: input(1) })).toEqual(before);
    expect(pool.pids).not.toContain(id);
  });

  it("reports what the child refuses, in the words of the engine", async () => {
    pool = new ChildPool();
    const b = new GraphBuilder({ name: "odd" });
    b.input("x", [1]);
    b.output(b.add("Frobnicate", ["x"], {}, { name: "it" }), [1]);
    const error = await isolatedEngine(pool)
      .open(b.build())
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(
      /^odd: it \(Frobnicate\): ONNX Runtime has no operator/,
    );
    const session = await isolatedEngine(pool).open(scale(zeros("float32", [4]), 4));
    await expect(session.run({})).rejects.toThrow(/input x is not fed/);
  });

  it("takes models that are too large for a message", async () => {
    pool = new ChildPool();
    const n = 20_000;
    const session = await isolatedEngine(pool, { messageMaxBytes: 1000 }).open(
      scale(float32s(new Float32Array(n).fill(0.5)), n),
      { threads: 1 },
    );
    const { y } = await session.run({
      x: { dtype: "float32", dims: [1], data: Float32Array.of(3) },
    });
    expect(y!.data).toEqual(Float32Array.of(1.5));
  });
});

/** y = max(x * w), whatever the length of w. */
function scale(w: ReturnType<typeof float32s>, n: number): Graph {
  const b = new GraphBuilder();
  b.input("x", [1]);
  b.initializer("w", { ...w, dims: [n], bytes: w.bytes });
  const scaled = b.add("Mul", ["x", "w"]);
  b.output(
    b.add("ReduceMax", [scaled], { keepdims: { kind: "int", value: 1 } }, { outputs: ["y"] }),
    [1],
  );
  return b.build();
}
