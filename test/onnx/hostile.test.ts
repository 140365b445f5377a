/** Damaged, contradictory and foreign bytes: each ends in one message that says what is wrong. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { fuzz } from "../../bench/fuzz-onnx.ts";
import { fuzzSeeds, networkSeeds } from "../../bench/fuzz-seeds.ts";
import { UserError } from "../../src/base/errors.ts";
import {
  type GraphProto,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
} from "../../src/onnx/generated/onnx_pb.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { loadDevice } from "../../src/study/devices.ts";
import { sharedPath } from "../shared.ts";

type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, GraphProto>;
type ModelInit = Exclude<MessageInitShape<typeof ModelProtoSchema>, ModelProto>;

function model(graph: GraphInit, rest: Omit<ModelInit, "graph"> = {}): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { opsetImport: [{ version: 20n }], ...rest, graph }),
  );
}

function failure(bytes: Uint8Array): UserError {
  try {
    readOnnx(bytes, { name: "f.onnx" });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("was read");
}

const floats = (dims: bigint[], bytes: number) => ({
  name: "w",
  dataType: 1,
  dims,
  rawData: new Uint8Array(bytes),
});
const op = (opType: string, input: string[], output: string[]) => ({ opType, input, output });

describe("contradictions", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "data and dimensions",
      model({ initializer: [floats([3n, 4n], 40)] }),
      "f.onnx: initializer w is float32 [3, 4], 48 bytes, but its raw_data has 40",
    ],
    [
      "no data",
      model({ initializer: [{ name: "w", dataType: 1, dims: [2n] }] }),
      "initializer w is float32 [2], 8 bytes, but the file holds no data for it",
    ],
    [
      "typed data and dimensions",
      model({ initializer: [{ name: "w", dataType: 7, dims: [3n], int64Data: [1n, 2n] }] }),
      "initializer w is int64 [3], which takes 3 entries of int64_data, but there are 2",
    ],
    [
      "data of another type",
      model({ initializer: [{ name: "w", dataType: 7, dims: [1n], floatData: [1] }] }),
      "initializer w is int64 [1] with data in float_data, expected int64_data or raw_data",
    ],
    [
      "data twice",
      model({ initializer: [{ ...floats([1n], 4), floatData: [1] }] }),
      "initializer w has data in both float_data and raw_data",
    ],
    [
      "a negative dimension",
      model({ initializer: [floats([2n, -3n], 4)] }),
      "initializer w has dimension -3 in axis 1, expected 0 or more",
    ],
    [
      "huge dimensions",
      model({ initializer: [floats([2n ** 40n, 2n ** 40n], 4)] }),
      "initializer w is said to be [1099511627776, 1099511627776], more than 2^48 elements",
    ],
    [
      "huge dimensions, but no elements",
      model({ initializer: [floats([2n ** 62n, 0n], 0)] }),
      "initializer w is said to be [4611686018427387904, 0], more than 2^48 elements",
    ],
    [
      "an unknown element type",
      model({ initializer: [{ name: "w", dataType: 99 }] }),
      "initializer w has element type 99, known are 1 to 28",
    ],
    [
      "strings that are too few",
      model({ initializer: [{ name: "w", dataType: 8, dims: [2n], stringData: [] }] }),
      "initializer w is string [2], 2 strings, but has 0",
    ],
    [
      "a string that is none",
      model({
        initializer: [{ name: "w", dataType: 8, dims: [1n], stringData: [new Uint8Array([0xff])] }],
      }),
      "initializer w: string 0 is no UTF-8 text",
    ],
    [
      "two initializers of one name",
      model({ initializer: [floats([1n], 4), floats([1n], 4)] }),
      "two initializers are named w",
    ],
    [
      "a missing initializer",
      model({ node: [op("Conv", ["x", "w"], ["y"])], input: [{ name: "x" }] }),
      "f.onnx: Conv_0 (Conv): input 1 is w, which is no graph input, no initializer and no node's output",
    ],
    [
      "a cycle",
      model({ node: [op("Relu", ["b"], ["a"]), op("Relu", ["a"], ["b"])] }),
      "f.onnx: the nodes form a cycle: Relu_0 -> Relu_1 -> Relu_0",
    ],
    [
      "two producers",
      model({ node: [op("A", [], ["y"]), op("B", [], ["y"])] }),
      "f.onnx: value y has two producers: A_0 (A) and B_1 (B)",
    ],
    ["a node without an operator", model({ node: [{ name: "n" }] }), "node n has no operator"],
    [
      "an integer that is no size",
      model({ node: [{ opType: "A", attribute: [{ name: "k", type: 2, i: 2n ** 60n }] }] }),
      "f.onnx: A_0 (A), attribute k is 1152921504606846976, beyond 2^53",
    ],
    [
      "an attribute of another kind",
      model({ node: [{ opType: "A", attribute: [{ name: "k", type: 7, floats: [1] }] }] }),
      "A_0 (A), attribute k is said to be INTS but holds FLOATS",
    ],
    [
      "an attribute twice",
      model({
        node: [
          {
            opType: "A",
            attribute: [
              { name: "k", i: 1n },
              { name: "k", i: 2n },
            ],
          },
        ],
      }),
      "A_0 (A) has attribute k twice",
    ],
    [
      "a reference outside of functions",
      model({ node: [{ opType: "A", attribute: [{ name: "k", refAttrName: "q" }] }] }),
      "A_0 (A): attribute k refers to a function's q, but stands outside of functions",
    ],
    [
      "a negative free dimension",
      model({
        input: [
          {
            name: "x",
            type: {
              value: {
                case: "tensorType",
                value: {
                  elemType: 1,
                  shape: { dim: [{ value: { case: "dimValue", value: -7n } }] },
                },
              },
            },
          },
        ],
      }),
      "value x has dimension -7 in axis 0, expected 0 to 2^48",
    ],
    [
      "a function that calls itself",
      model(
        { node: [{ ...op("F", ["x"], ["y"]), domain: "d" }], input: [{ name: "x" }] },
        {
          functions: [
            {
              name: "F",
              domain: "d",
              input: ["a"],
              output: ["b"],
              node: [{ ...op("F", ["a"], ["b"]), domain: "d" }],
            },
          ],
        },
      ),
      "F_0/F_0 (F) calls itself: d::F -> d::F",
    ],
    [
      "a sparse index beyond its axis",
      model({
        sparseInitializer: [
          {
            dims: [2n, 2n],
            values: floats([1n], 4),
            indices: { dataType: 7, dims: [1n, 2n], int64Data: [0n, 2n] },
          },
        ],
      }),
      "f.onnx: initializer w: index 0 lies outside of [2, 2]: 0, 2",
    ],
    [
      "no graph",
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })),
      "f.onnx: no graph in it (2 bytes)",
    ],
    ["an empty file", new Uint8Array(0), "f.onnx: the file is empty (0 bytes)"],
  ])("%s", (_, bytes, message) => {
    const error = failure(bytes);
    expect(error.message).toContain(message);
    expect(error.hint).toBeDefined();
  });

  test("NaN in an attribute is a number like any other", () => {
    const { graph } = readOnnx(
      model({ node: [{ opType: "A", attribute: [{ name: "k", type: 1, f: Number.NaN }] }] }),
    );
    expect(graph.nodes[0]!.attributes.k).toEqual({ kind: "float", value: Number.NaN });
  });
});

describe("damage", () => {
  const whole = model({ node: [op("Relu", ["x"], ["y"])], input: [{ name: "x" }] });

  test("every truncation is an error, and says where", () => {
    const bytes = model({ initializer: [floats([2n], 8)] });
    // The operator set comes last (4 bytes); without it a model reads as an old one, with a warning.
    const graphEnd = bytes.length - 4;
    for (let n = 1; n < graphEnd; n++) {
      // A cut between fields leaves a valid message without a graph.
      expect(failure(bytes.subarray(0, n)).message).toMatch(
        /no valid ONNX at byte \d+ of \d+|no graph in it/,
      );
    }
    expect(failure(bytes.subarray(0, graphEnd - 3)).message).toMatch(
      /f\.onnx: no valid ONNX at byte \d+ of \d+, at the top: graph is said to have \d+ bytes, \d+ are left/,
    );
  });

  test("a name that is no text", () => {
    const bytes = whole.slice();
    bytes[bytes.indexOf("R".charCodeAt(0))] = 0xff;
    expect(failure(bytes).message).toContain("in graph.node[0]: op_type is no UTF-8 text");
  });

  test("nesting without end", () => {
    let inner = new Uint8Array(0);
    const wrap = (field: number) => {
      const length: number[] = [];
      for (let n = inner.length; ; n = Math.floor(n / 128)) {
        length.push(n < 128 ? n : (n % 128) | 128);
        if (n < 128) break;
      }
      inner = new Uint8Array([field * 8 + 2, ...length, ...inner]);
    };
    for (let i = 0; i < 1000; i++) for (const field of [6, 5, 1]) wrap(field);
    wrap(7);
    expect(failure(inner).message).toContain("nested more than 120 messages deep");
  });

  test("functions that double at each of 40 levels", () => {
    const functions = Array.from({ length: 40 }, (_, i) => ({
      name: `F${i}`,
      domain: "d",
      input: ["a"],
      output: ["b"],
      node:
        i === 0
          ? [op("Relu", ["a"], ["b"])]
          : [
              { ...op(`F${i - 1}`, ["a"], ["m"]), domain: "d" },
              { ...op(`F${i - 1}`, ["m"], ["b"]), domain: "d" },
            ],
    }));
    const bytes = model(
      { node: [{ ...op("F39", ["x"], ["y"]), domain: "d" }], input: [{ name: "x" }] },
      { functions },
    );
    expect(failure(bytes).message).toContain("functions call one another too often");
  });

  test("millions of empty nodes stop at the limit", () => {
    const bytes = new Uint8Array(5_000_000 * 2);
    for (let i = 0; i < bytes.length; i += 2) bytes.set([0x0a, 0x00], i);
    const length = [0x80, 0xad, 0xe2, 0x04];
    expect(failure(new Uint8Array([0x3a, ...length, ...bytes])).message).toContain(
      "more than 4000000 parts",
    );
  });
});

test("500 damaged files", () => {
  const resnet18 = sharedPath("data/models/resnet18.onnx.gz");
  const result = fuzz(fuzzSeeds(resnet18), 500, 7);
  expect(result.defects).toEqual([]);
  expect(result.read + result.refused).toBe(500);
  // Both paths are walked.
  expect(result.read).toBeGreaterThan(20);
  expect(result.refused).toBeGreaterThan(300);
});

test("150 damaged networks, analysed and predicted where they can be read", () => {
  const resnet18 = sharedPath("data/models/resnet18.onnx.gz");
  const result = fuzz(networkSeeds(resnet18), 150, 11, loadDevice("rtx-2080-ti"));
  expect(result.defects).toEqual([]);
  expect(result.predicted).toBeGreaterThan(5);
  expect(result.read).toBeGreaterThan(result.predicted);
}, 60_000);
