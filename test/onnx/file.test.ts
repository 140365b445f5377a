import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, lazyTensor, numbers } from "../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../src/graph/types.ts";
import { openOnnx } from "../../src/onnx/file.ts";
import { saveOnnx } from "../../src/onnx/save.ts";
import { encodeModel, writeOnnx } from "../../src/onnx/write.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-onnx-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string) => join(folder, name);

const weights = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i));

function network(w: Tensor = float32s(weights)): Graph {
  const b = new GraphBuilder({ name: "n" });
  b.initializer("w", w);
  b.initializer("small", float32s([1, 2]));
  b.output(b.add("Op", ["w", "small"]));
  return b.build();
}

/** A model whose tensor `w` lies at `location`. */
function saveExternal(name: string, location: string, offset = 0): void {
  const { parts } = encodeModel(network(), (value, t) =>
    value === "w" ? { location, offset, length: t.bytes.length } : undefined,
  );
  writeFileSync(at(name), Buffer.concat(parts.map((p) => (p instanceof Uint8Array ? p : p.bytes))));
}

describe("openOnnx", () => {
  test("weights are read when asked for, and again after they were let go", () => {
    writeFileSync(at("m.onnx"), writeOnnx(network()));
    const { graph } = openOnnx(at("m.onnx"));
    expect(Array.from(numbers(graph.initializers.get("w")!))).toEqual(Array.from(weights));
    expect(Array.from(numbers(graph.initializers.get("small")!))).toEqual([1, 2]);
  });

  test("a file that changed since is not read on", () => {
    writeFileSync(at("m.onnx"), writeOnnx(network()));
    const { graph } = openOnnx(at("m.onnx"));
    appendFileSync(at("m.onnx"), "x");
    expect(() => graph.initializers.get("w")!.bytes).toThrow(
      /m\.onnx: the file has changed since it was opened \(\d+ bytes then, \d+ now\)/,
    );
  });

  test("gzipped", () => {
    writeFileSync(at("m.onnx.gz"), gzipSync(writeOnnx(network())));
    const { graph } = openOnnx(at("m.onnx.gz"));
    expect(Array.from(numbers(graph.initializers.get("w")!))).toEqual(Array.from(weights));
    truncateSync(at("m.onnx.gz"), 1000);
    expect(() => openOnnx(at("m.onnx.gz"))).toThrow("m.onnx.gz: damaged gzip data: unexpected end");
    writeFileSync(at("m.onnx.gz"), gzipSync(Buffer.alloc(0)));
    expect(() => openOnnx(at("m.onnx.gz"))).toThrow("the file is empty (0 bytes)");
  });

  test("what is no file of a model", () => {
    expect(() => openOnnx(at("none.onnx"))).toThrow("none.onnx: no such file");
    expect(() => openOnnx(folder)).toThrow(`${folder}: this is a folder`);
    expect(() => openOnnx("/dev/zero")).toThrow("/dev/zero: this is no regular file");
    writeFileSync(at("empty.onnx"), "");
    expect(() => openOnnx(at("empty.onnx"))).toThrow("empty.onnx: the file is empty (0 bytes)");
    expect(() => openOnnx(join(at("empty.onnx"), "m.onnx"))).toThrow(
      "part of the path is no folder",
    );
    expect(() => openOnnx(at("a\0b"))).toThrow("no valid path");
  });
});

describe("external data", () => {
  const data = () => writeFileSync(at("w.bin"), Buffer.from(weights.buffer));

  test("in the model's folder and below", () => {
    data();
    saveExternal("m.onnx", "w.bin");
    expect(openOnnx(at("m.onnx")).graph.initializers.get("w")!.bytes).toEqual(
      new Uint8Array(weights.buffer),
    );
    mkdirSync(at("sub"));
    symlinkSync(at("w.bin"), at("sub/link.bin"));
    saveExternal("m2.onnx", "./sub/link.bin");
    expect(openOnnx(at("m2.onnx")).graph.initializers.get("w")!.bytes.length).toBe(20000);
  });

  test.each([
    ["/etc/passwd", "an absolute path"],
    ["C:\\windows\\w.bin", "an absolute path"],
    ["../w.bin", "a path that leaves the folder by .."],
    ["sub/../../w.bin", "a path that leaves the folder by .."],
    ["..\\w.bin", "a path that leaves the folder by .."],
    ["w\0.bin", "no valid path"],
  ])("%s is refused", (location, why) => {
    data();
    saveExternal("m.onnx", location);
    expect(() => openOnnx(at("m.onnx"))).toThrow(
      `m.onnx: initializer w lies in external data: ${JSON.stringify(location)} is ${why}`,
    );
  });

  test("a symbolic link that leaves the folder is refused", () => {
    mkdirSync(at("models"));
    data();
    symlinkSync(at("w.bin"), at("models/link.bin"));
    saveExternal("models/m.onnx", "link.bin");
    expect(() => openOnnx(at("models/m.onnx"))).toThrow("a symbolic link that leaves the folder");
    symlinkSync(folder, at("models/up"));
    saveExternal("models/m.onnx", "up/w.bin");
    expect(() => openOnnx(at("models/m.onnx"))).toThrow("a symbolic link that leaves the folder");
  });

  test("a file too short, a folder, no file", () => {
    data();
    saveExternal("m.onnx", "w.bin", 4096);
    expect(() => openOnnx(at("m.onnx"))).toThrow(
      "initializer w lies in w.bin at bytes 4096 to 24096, but that file has 20000",
    );
    mkdirSync(at("dir"));
    saveExternal("m.onnx", "dir");
    expect(() => openOnnx(at("m.onnx"))).toThrow(
      'm.onnx: initializer w lies in external data: "dir" is a folder',
    );
    spawnSync("mkfifo", [at("fifo")]);
    saveExternal("m.onnx", "fifo");
    expect(() => openOnnx(at("m.onnx"))).toThrow(
      'm.onnx: initializer w lies in external data: "fifo" is no regular file',
    );
    saveExternal("m.onnx", "gone.bin");
    const { graph, warnings } = openOnnx(at("m.onnx"));
    expect(warnings).toEqual([`weights in gone.bin cannot be read: no file ${at("gone.bin")}`]);
    expect(graph.initializers.get("w")!.dims).toEqual([5000]);
    expect(() => graph.initializers.get("w")!.bytes).toThrow("cannot be read: no file");
  });
});

describe("saveOnnx", () => {
  test("whole, gzipped, with external data", () => {
    expect(saveOnnx(network(), at("a.onnx"))).toEqual([at("a.onnx")]);
    expect(new Uint8Array(readFileSync(at("a.onnx")))).toEqual(writeOnnx(network()));
    saveOnnx(network(), at("b.onnx.gz"));
    expect(openOnnx(at("b.onnx.gz")).graph).toEqual(openOnnx(at("a.onnx")).graph);
    expect(saveOnnx(network(), at("c.onnx"), { external: true })).toEqual([
      at("c.onnx"),
      at("c.onnx.data"),
    ]);
    const { graph } = openOnnx(at("c.onnx"));
    expect(graph.initializers.get("w")!.external).toEqual({
      location: "c.onnx.data",
      offset: 0,
      length: 20000,
    });
    expect(graph.initializers.get("w")!.bytes).toEqual(new Uint8Array(weights.buffer));
    expect(graph.initializers.get("small")!.external).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(["a.onnx", "b.onnx.gz", "c.onnx", "c.onnx.data"]);
  });

  test("a model saved over itself keeps its weights", () => {
    saveOnnx(network(), at("m.onnx"), { external: true });
    const { graph } = openOnnx(at("m.onnx"));
    expect(saveOnnx(graph, at("m.onnx"), { external: true })[1]).toBe(at("m.onnx.1.data"));
    expect(openOnnx(at("m.onnx")).graph.initializers.get("w")!.bytes).toEqual(
      new Uint8Array(weights.buffer),
    );
  });

  test("a symbolic link stays one", () => {
    saveOnnx(network(), at("real.onnx"));
    symlinkSync(at("real.onnx"), at("link.onnx"));
    saveOnnx(network(float32s([7])), at("link.onnx"));
    expect(openOnnx(at("real.onnx")).graph.initializers.get("w")!.dims).toEqual([1]);
  });

  test("what fails on the way leaves the old file and nothing else", () => {
    saveOnnx(network(), at("m.onnx"));
    const before = readFileSync(at("m.onnx"));
    const broken = lazyTensor("float32", [5000], () => {
      throw new Error("the weights are gone");
    });
    for (const external of [false, true])
      expect(() => saveOnnx(network(broken), at("m.onnx"), { external })).toThrow("are gone");
    expect(readFileSync(at("m.onnx"))).toEqual(before);
    expect(readdirSync(folder)).toEqual(["m.onnx"]);
    expect(() => saveOnnx(network(), at("none/m.onnx"))).toThrow("none/m.onnx: no such file");
  });

  test.skipIf(process.getuid?.() === 0)("a folder that may not be written", () => {
    chmodSync(folder, 0o500);
    expect(() => saveOnnx(network(), at("m.onnx"))).toThrow("m.onnx: permission denied");
    chmodSync(folder, 0o700);
  });
});
