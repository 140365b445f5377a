/** Small models to damage: those of the official package, one of our writer, a real structure. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  float,
  graphAttribute,
  int,
  ints,
  string,
  tensorAttribute,
} from "../src/graph/attribute.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { elementCount, float32s, int64s, stringTensor, tensorOf } from "../src/graph/tensor.ts";
import type { Graph } from "../src/graph/types.ts";
import { openOnnx } from "../src/onnx/file.ts";
import { bytesOf, encodeModel, writeOnnx } from "../src/onnx/write.ts";
import { buildNetwork } from "../src/zoo/index.ts";
import type { Seed } from "./fuzz-onnx.ts";

/** @param resnet18 path of a network whose nodes and types, without weights, become a seed */
export function fuzzSeeds(resnet18: string | undefined): readonly Seed[] {
  const vectors = fileURLToPath(new URL("../test/data/onnx/", import.meta.url));
  const seeds: Seed[] = readdirSync(vectors)
    .filter((name) => name.endsWith(".onnx"))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(vectors + name)) }));
  seeds.push({ name: "written", bytes: writeOnnx(small()) });
  if (resnet18 !== undefined) {
    const { graph } = openOnnx(resnet18);
    const initializers = new Map(
      Array.from(graph.initializers.keys(), (name) => [name, float32s([])]),
    );
    seeds.push({ name: "resnet18 without weights", bytes: writeOnnx({ ...graph, initializers }) });
  }
  return seeds;
}

/**
 * Whole networks whose weights lie outside, so that their mutants can still be analysed: small files
 * in which all that is left to damage is the structure.
 */
export function networkSeeds(resnet18: string | undefined): readonly Seed[] {
  const graphs = [
    buildNetwork("mobilenet_v2", {}),
    buildNetwork("nasbench201", { cell: "333133" }),
  ];
  if (resnet18 !== undefined) graphs.push(openOnnx(resnet18).graph);
  return graphs.map((graph) => {
    const { size, parts } = encodeModel(graph, (_, tensor) =>
      elementCount(tensor.dims) <= 16
        ? undefined
        : { location: "weights.bin", offset: 0, length: tensor.bytes.length },
    );
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts.map(bytesOf)) {
      bytes.set(part, at);
      at += part.length;
    }
    return { name: `${graph.name}, weights outside`, bytes };
  });
}

function small(): Graph {
  const branch = new GraphBuilder({ name: "branch" });
  branch.output(branch.add("Constant", [], { value: tensorAttribute(int64s([1, 2])) }));
  const b = new GraphBuilder({ name: "small", metadata: { author: "nobody" } });
  b.input("image", ["batch", 3, "2*height", 8]);
  b.input("flag", [], "bool");
  const w = b.initializer("w", tensorOf("float16", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]));
  b.initializer("labels", stringTensor(["cat", "dog"]));
  const conv = b.add("Conv", ["image", w, ""], { kernel_shape: ints(1, 1), group: int(1) });
  b.declare(conv, ["batch", 2, "2*height", 8], "float16");
  const act = b.add("LeakyRelu", [conv], { alpha: float(0.01), note: string("größe") });
  const chosen = b.add("If", ["flag"], {
    then_branch: graphAttribute(branch.build()),
    else_branch: graphAttribute(branch.build()),
  });
  b.output(b.add("Custom", [act, chosen], {}, { domain: "com.example" }), undefined, "float16");
  return b.build();
}
