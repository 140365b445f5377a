import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { readOnnx, writeOnnx } from "../../src/onnx/index.ts";
import { cachedEngine, type Engine, graphHash, nodeEngine } from "../../src/runtime/index.ts";

function scale(by: number, name = "scale", length = 3): Graph {
  const b = new GraphBuilder({ name, metadata: { written: name } });
  b.input("x", [length]);
  b.initializer("w", float32s(new Float32Array(length).fill(by)));
  b.output(b.add("Mul", ["x", "w"], {}, { outputs: ["y"] }), [length]);
  return b.build();
}

/** Counts what it opens and frees, and takes its time. */
function counting(engine: Engine) {
  const log = { opened: 0, freed: 0 };
  const counted: Engine = {
    name: engine.name,
    async open(graph, options) {
      log.opened++;
      const session = await engine.open(graph, options);
      return {
        inputs: session.inputs,
        outputs: session.outputs,
        run: (feeds, o) => session.run(feeds, o),
        release: async () => {
          log.freed++;
          await session.release();
        },
      };
    },
  };
  return { log, counted };
}

const feed = { x: { dtype: "float32", dims: [3], data: Float32Array.of(1, 2, 3) } } as const;

describe("graphHash", () => {
  it("is of what the graph computes", () => {
    const graph = scale(2);
    expect(graphHash(graph)).toMatch(/^[0-9a-f]{64}$/);
    expect(graphHash(scale(2, "another name"))).toBe(graphHash(graph));
    expect(graphHash(readOnnx(writeOnnx(graph)).graph)).toBe(graphHash(graph));
    expect(graphHash(scale(2.0000002))).not.toBe(graphHash(graph));
  });

  it("tells operators, attributes, names, types and weights of any size apart", () => {
    const hashes = new Set<string>();
    const build = (
      op: string,
      alpha: number,
      input: string,
      dtype: "float32" | "float64",
      opset: number,
    ) => {
      const b = new GraphBuilder({ opset });
      b.input(input, [2], dtype);
      b.output(b.add(op, [input], { alpha: { kind: "float", value: alpha } }), [2], dtype);
      return b.build();
    };
    const graphs = [
      build("Elu", 1, "x", "float32", 20),
      build("LeakyRelu", 1, "x", "float32", 20),
      build("Elu", 0.5, "x", "float32", 20),
      build("Elu", 1, "y", "float32", 20),
      build("Elu", 1, "x", "float64", 20),
      build("Elu", 1, "x", "float32", 19),
      scale(1, "s", 20_000),
      scale(2, "s", 20_000),
    ];
    for (const graph of graphs) hashes.add(graphHash(graph));
    expect(hashes.size).toBe(graphs.length);
  });
});

describe("a cached engine", () => {
  it("opens a graph once, also where it is asked for twice at once", async () => {
    const { log, counted } = counting(nodeEngine);
    const engine = cachedEngine(counted);
    const [a, b] = await Promise.all([engine.open(scale(2)), engine.open(scale(2, "other"))]);
    expect(log.opened).toBe(1);
    expect((await a.run(feed)).y!.data).toEqual(Float32Array.of(2, 4, 6));
    await a.release();
    await a.release();
    expect((await b.run(feed)).y!.data).toEqual(Float32Array.of(2, 4, 6));
    await expect(a.run(feed)).rejects.toThrow(/released/);
    await b.release();
    expect(log).toEqual({ opened: 1, freed: 0 });
    const again = await engine.open(scale(2));
    expect(log.opened).toBe(1);
    await again.release();
    await engine.clear();
    expect(log).toEqual({ opened: 1, freed: 1 });
  });

  it("tells options apart", async () => {
    const { log, counted } = counting(nodeEngine);
    const engine = cachedEngine(counted);
    const one = await engine.open(scale(2), { threads: 1 });
    const two = await engine.open(scale(2), { threads: 2 });
    expect(log.opened).toBe(2);
    await Promise.all([one.release(), two.release()]);
    await engine.clear();
  });

  it("frees what was unused for longest, and never what is in use", async () => {
    const { log, counted } = counting(nodeEngine);
    const engine = cachedEngine(counted, { limit: 2 });
    const held = await engine.open(scale(1));
    for (const by of [2, 3, 4]) await (await engine.open(scale(by))).release();
    expect(engine.size).toBe(2);
    expect(log).toEqual({ opened: 4, freed: 2 });
    // 4 was used last, so it is still there; 2 is not.
    await (await engine.open(scale(4))).release();
    expect(log.opened).toBe(4);
    await (await engine.open(scale(2))).release();
    expect(log.opened).toBe(5);
    expect((await held.run(feed)).y!.data).toEqual(Float32Array.of(1, 2, 3));
    await engine.clear();
    expect(log.freed).toBe(4);
    expect((await held.run(feed)).y!.data).toEqual(Float32Array.of(1, 2, 3));
    await held.release();
    expect(log.freed).toBe(5);
    expect(engine.size).toBe(0);
  });

  it("holds weights up to a limit in bytes", async () => {
    const { log, counted } = counting(nodeEngine);
    const engine = cachedEngine(counted, { limitBytes: 100_000 });
    for (const by of [1, 2, 3]) await (await engine.open(scale(by, "big", 20_000))).release();
    expect(engine.size).toBe(1);
    expect(log).toEqual({ opened: 3, freed: 2 });
    await engine.clear();
  });

  it("forgets what could not be opened", async () => {
    const { log, counted } = counting(nodeEngine);
    const engine = cachedEngine(counted);
    const b = new GraphBuilder();
    b.input("x", [1]);
    b.output(b.add("Frobnicate", ["x"]), [1]);
    const graph = b.build();
    await expect(engine.open(graph)).rejects.toThrow(/no operator Frobnicate/);
    await expect(engine.open(graph)).rejects.toThrow(/no operator Frobnicate/);
    expect(log.opened).toBe(2);
    expect(engine.size).toBe(0);
  });
});
