/** Random valid graphs: all kinds of attributes, element types, subgraphs, absent inputs. */
import fc from "fast-check";
import { byteLength, DTYPE_BITS, elementCount } from "../../src/graph/tensor.ts";
import type { Attribute, DType, Graph, Node, Shape, Tensor, Value } from "../../src/graph/types.ts";

const dtype = fc.constantFrom(...(Object.keys(DTYPE_BITS) as Exclude<DType, "string">[]));
const dims = fc.array(fc.nat(4), { maxLength: 3 });
const text = fc.string({ unit: "grapheme", maxLength: 8 });

const denseTensor = fc.tuple(dtype, dims).chain(([type, shape]) => {
  const length = byteLength(type, elementCount(shape));
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes): Tensor => ({ dtype: type, dims: shape, bytes }));
});

const stringTensor = fc.array(text, { maxLength: 4 }).map(
  (strings): Tensor => ({
    dtype: "string",
    dims: [strings.length],
    bytes: new Uint8Array(0),
    strings,
  }),
);

export const tensor = fc.oneof({ weight: 4, arbitrary: denseTensor }, stringTensor);

const int = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 63, -(2 ** 63), 0, 1, -1));
const float = fc.float();

function attribute(depth: number): fc.Arbitrary<Attribute> {
  const flat: fc.Arbitrary<Attribute>[] = [
    int.map((value) => ({ kind: "int", value })),
    float.map((value) => ({ kind: "float", value })),
    text.map((value) => ({ kind: "string", value })),
    tensor.map((value) => ({ kind: "tensor", value })),
    fc.array(int, { maxLength: 4 }).map((value) => ({ kind: "ints", value })),
    fc.array(float, { maxLength: 4 }).map((value) => ({ kind: "floats", value })),
    fc.array(text, { maxLength: 3 }).map((value) => ({ kind: "strings", value })),
    fc.array(tensor, { maxLength: 2 }).map((value) => ({ kind: "tensors", value })),
  ];
  if (depth === 0) return fc.oneof(...flat);
  return fc.oneof(
    ...flat,
    subgraph(depth - 1).map((value): Attribute => ({ kind: "graph", value })),
    fc
      .array(subgraph(depth - 1), { maxLength: 2 })
      .map((value): Attribute => ({ kind: "graphs", value })),
  );
}

const shape: fc.Arbitrary<Shape | undefined> = fc.option(
  fc.array(fc.oneof(fc.nat(300), fc.constantFrom("batch", "2*width", "seq_len")), {
    maxLength: 4,
  }),
  { nil: undefined },
);

/** Only a model has metadata. */
const subgraph = (depth: number) => graph(depth).map((g): Graph => ({ ...g, metadata: {} }));

/** Values are named v0, v1, … within a graph, prefixed by a drawn tag that keeps scopes apart. */
export function graph(depth: number): fc.Arbitrary<Graph> {
  return fc
    .record({
      tag: fc.string({
        unit: fc.constantFrom("a", "b", "c", "d", "/", ".", "é"),
        minLength: 6,
        maxLength: 12,
      }),
      inputTypes: fc.array(fc.tuple(dtype, shape), { maxLength: 3 }),
      initializers: fc.array(tensor, { maxLength: 4 }),
      nodes: fc.array(
        fc.record({
          op: fc.constantFrom("Conv", "Add", "Custom", "If"),
          domain: fc.constantFrom("", "", "com.example"),
          reads: fc.array(fc.option(fc.nat(), { nil: -1 }), { maxLength: 4 }),
          writes: fc.integer({ min: 1, max: 3 }),
          attributes: fc.dictionary(text, attribute(depth), { maxKeys: 4 }),
        }),
        { maxLength: 5 },
      ),
      outputType: fc.tuple(dtype, shape),
      metadata: fc.dictionary(text, text, { maxKeys: 3 }),
    })
    .map(({ tag, inputTypes, initializers, nodes, outputType, metadata }) => {
      const values: string[] = [];
      const fresh = () => {
        values.push(`${tag}v${values.length}`);
        return values.at(-1)!;
      };
      const inputs = inputTypes.map(
        ([type, dimensions]): Value => ({ name: fresh(), dtype: type, shape: dimensions }),
      );
      const constants = new Map(initializers.map((t) => [fresh(), t]));
      const built = nodes.map((n, i): Node => {
        const reads = n.reads.map((r) =>
          r < 0 || values.length === 0 ? "" : values[r % values.length]!,
        );
        return {
          name: `${n.op}#${i}`,
          op: n.op,
          domain: n.domain,
          inputs: reads,
          outputs: Array.from({ length: n.writes }, fresh),
          attributes: Object.fromEntries(Object.entries(n.attributes).filter(([k]) => k !== "")),
        };
      });
      const declared = new Map(
        built
          .flatMap((n) => n.outputs)
          .map((name) => [name, { dtype: outputType[0], shape: outputType[1] }]),
      );
      const last = values.at(-1);
      return {
        name: tag,
        nodes: built,
        inputs,
        outputs:
          last === undefined ? [] : [{ name: last, dtype: outputType[0], shape: outputType[1] }],
        initializers: constants,
        declared,
        opsets: new Map([
          ["", 20],
          ["com.example", 1],
        ]),
        metadata,
      };
    });
}
