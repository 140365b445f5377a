/** The browser's engine, here on Node: its WebAssembly build is the same. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { nodeEngine } from "../../src/runtime/index.ts";
import { webEngine } from "../../src/runtime/web-engine.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

const caught = (work: Promise<unknown>) =>
  work.then(
    () => new Error("it did not fail"),
    (e: unknown) => e as UserError,
  );

describe("the web engine", () => {
  it.each(["resnet-cifar", "mobilenet_v2"])(
    "gives the native engine's outputs for %s",
    async (name) => {
      const graph = buildNetwork(name, { resolution: 32, width: 0.5 });
      const dims = [2, 3, 32, 32];
      const data = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i));
      const feeds = { input: { dtype: "float32", dims, data } } as const;
      const web = await webEngine.open(graph);
      const native = await nodeEngine.open(graph, { threads: 1 });
      const [got, want] = await Promise.all([web.run(feeds), native.run(feeds)]);
      expect(Object.keys(got)).toEqual(Object.keys(want));
      for (const [key, { dims: shape, data: wanted }] of Object.entries(want)) {
        expect(got[key]!.dims).toEqual(shape);
        const largest = Math.max(...(wanted as Float32Array).map(Math.abs));
        (wanted as Float32Array).forEach((w, i) => {
          expect(Math.abs((got[key]!.data as Float32Array)[i]! - w) / largest).toBeLessThan(1e-5);
        });
      }
      await Promise.all([web.release(), native.release()]);
      await expect(web.run(feeds)).rejects.toThrow(/released/);
    },
  );

  it("refuses in the words of the house", async () => {
    const b = new GraphBuilder({ name: "odd" });
    b.input("x", ["n"]);
    b.output(b.add("Frobnicate", ["x"], {}, { name: "it" }), ["n"]);
    const unknown = await caught(webEngine.open(b.build()));
    expect(unknown).toBeInstanceOf(UserError);
    expect(unknown.message).toMatch(/^odd: it \(Frobnicate\): ONNX Runtime Web has no operator/);
    const graph = buildNetwork("resnet-cifar", { depth: 8 });
    const session = await webEngine.open(graph);
    expect((await caught(session.run({}))).message).toMatch(/input input is not fed/);
    await session.release();
    const threads = await caught(webEngine.open(graph, { threads: 3 }));
    expect(threads.message).toMatch(/3 threads were asked for, but ONNX Runtime Web runs with 1/);
    const gpu = await caught(webEngine.open(graph, { provider: "webgpu" }));
    expect(gpu.message).toMatch(/WebGPU is not there/);
  });

  it("needs nothing of Node, and the native engine nothing of the web's", () => {
    const web = importsOf(new URL("../../src/runtime/web-engine.ts", import.meta.url));
    expect([...web].filter((name) => name.startsWith("node:"))).toEqual([]);
    expect(web).not.toContain("onnxruntime-node");
    expect(web).toContain("onnxruntime-web/wasm");
    const node = importsOf(new URL("../../src/runtime/index.ts", import.meta.url));
    expect([...node].filter((name) => name.startsWith("onnxruntime-web"))).toEqual([]);
    expect(node).toContain("onnxruntime-node");
  });
});

/** Names of all packages and built-in modules that a module and those below it load. */
function importsOf(module: URL, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  if (seen.has(module.href)) return found;
  seen.add(module.href);
  const text = readFileSync(module, "utf8");
  const specifiers = [
    ...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm),
    ...text.matchAll(/\bimport\("([^"]+)"\)(?!\.)/g),
  ].map((m) => m[1]!);
  for (const name of specifiers)
    if (name.startsWith(".")) importsOf(new URL(name, module), seen, found);
    else found.add(name);
  return found;
}
