/**
 * Whether two networks are one but for names and weights, by trying all ways to lay one on the
 * other: from the outputs backwards, operands of sums and products in either order.
 */
import type { Attribute, Graph, Node, Tensor } from "../../../src/graph/types.ts";

type Bound = {
  readonly there: ReadonlyMap<string, string>;
  readonly back: ReadonlyMap<string, string>;
};
type Then = (bound: Bound) => boolean;

export function isomorphic(a: Graph, b: Graph): boolean {
  if (a.nodes.length !== b.nodes.length || a.outputs.length !== b.outputs.length) return false;
  const producers = (graph: Graph) => {
    const found = new Map<string, Node>();
    for (const node of graph.nodes) for (const output of node.outputs) found.set(output, node);
    return found;
  };
  const [left, right] = [producers(a), producers(b)];

  const value = (x: string, y: string, bound: Bound, then: Then): boolean => {
    if (bound.there.has(x) || bound.back.has(y))
      return bound.there.get(x) === y && bound.back.get(y) === x && then(bound);
    if (x === "" || y === "") return x === y && then(bound);
    const [p, q] = [left.get(x), right.get(y)];
    if (p === undefined || q === undefined) {
      if (p !== q || !sameSource(x, y)) return false;
      return then(with_(bound, [x], [y]));
    }
    if (p.outputs.indexOf(x) !== q.outputs.indexOf(y)) return false;
    if (p.op !== q.op || p.inputs.length !== q.inputs.length) return false;
    if (attributes(p) !== attributes(q)) return false;
    const next = with_(bound, p.outputs, q.outputs);
    const straight =
      (i: number): Then =>
      (now) =>
        i === p.inputs.length ? then(now) : value(p.inputs[i]!, q.inputs[i]!, now, straight(i + 1));
    if (straight(0)(next)) return true;
    if (p.op !== "Add" && p.op !== "Mul") return false;
    const [x0 = "", x1 = ""] = p.inputs;
    const [y0 = "", y1 = ""] = q.inputs;
    return value(x0, y1, next, (now) => value(x1, y0, now, then));
  };
  const sameSource = (x: string, y: string) => {
    const [s, t] = [a.initializers.get(x), b.initializers.get(y)];
    if (s === undefined || t === undefined)
      return (
        s === t &&
        a.inputs.findIndex((v) => v.name === x) === b.inputs.findIndex((v) => v.name === y)
      );
    return tensor(s) === tensor(t);
  };
  const outputs =
    (i: number): Then =>
    (now) =>
      i === a.outputs.length || value(a.outputs[i]!.name, b.outputs[i]!.name, now, outputs(i + 1));
  return outputs(0)({ there: new Map(), back: new Map() });
}

function with_({ there, back }: Bound, xs: readonly string[], ys: readonly string[]): Bound {
  const [to, from] = [new Map(there), new Map(back)];
  xs.forEach((x, i) => {
    to.set(x, ys[i]!);
    from.set(ys[i]!, x);
  });
  return { there: to, back: from };
}

function attributes({ op, attributes: own }: Node): string {
  const all: Record<string, Attribute> = { ...own };
  if (op === "Conv") {
    // Of images.
    const ones = [1, 1];
    all.dilations ??= { kind: "ints", value: ones };
    all.strides ??= { kind: "ints", value: ones };
    all.pads ??= { kind: "ints", value: [...ones, ...ones].map(() => 0) };
    all.group ??= { kind: "int", value: 1 };
  }
  const text = (a: Attribute) =>
    a.kind === "tensor" ? content(a.value) : JSON.stringify("value" in a ? a.value : [...a.bytes]);
  return Object.entries(all)
    .map(([name, a]) => `${name}=${text(a)}`)
    .sort()
    .join();
}

const tensor = (t: Tensor) =>
  t.dtype === "float32" && t.dims.length > 0 ? `${t.dims.join()}` : content(t);
const content = (t: Tensor) => `${t.dtype} ${t.dims.join()} ${[...t.bytes].join()}`;
