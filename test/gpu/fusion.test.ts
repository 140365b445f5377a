import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fused, type Group, unfused } from "../../src/gpu/fusion.ts";
import { type Program, programOf } from "../../src/gpu/program.ts";
import { int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Tensor } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork, cellAt, cellCode, nasBench201 } from "../../src/zoo/index.ts";

const weights = (...dims: readonly number[]): Tensor => ({
  dtype: "float32",
  dims,
  bytes: new Uint8Array(4 * dims.reduce((a, b) => a * b, 1)),
});

/** A builder with the operators that the cases need, on maps of 8 channels and 4 x 4 pixels. */
function network(build: (b: Net) => string): Program {
  const b = new GraphBuilder();
  const net = new Net(b);
  b.output(build(net));
  return programOf(analyze(b.build()));
}

class Net {
  readonly x: string;
  readonly #b: GraphBuilder;
  constructor(b: GraphBuilder) {
    this.#b = b;
    this.x = b.input("x", [1, 8, 4, 4]);
  }
  conv(name: string, x: string): string {
    const w = this.#b.initializer(`${name}.w`, weights(8, 8, 3, 3));
    return this.#b.add("Conv", [x, w], { pads: ints(1, 1, 1, 1) }, { name });
  }
  bn(name: string, x: string): string {
    const parts = [0, 1, 2, 3].map((i) => this.#b.initializer(`${name}.${i}`, weights(8)));
    return this.#b.add("BatchNormalization", [x, ...parts], {}, { name });
  }
  op(op: string, name: string, ...inputs: readonly string[]): string {
    return this.#b.add(op, inputs, {}, { name });
  }
  flatten(name: string, x: string): string {
    return this.#b.add("Flatten", [x], { axis: int(1) }, { name });
  }
  alsoOutput(x: string): string {
    return this.#b.output(x);
  }
}

const names = (program: Program, groups: readonly Group[]) =>
  groups.map((g) => g.map((i) => program.nodes[i]!.node.name).join("+"));
const fusedNames = (program: Program) => names(program, fused(program));

describe("fused", () => {
  it("puts normalization, activation and addition into the convolution before them", () => {
    const program = network((n) => {
      const a = n.op("Relu", "relu1", n.bn("bn1", n.conv("conv1", n.x)));
      const b = n.bn("bn2", n.conv("conv2", a));
      return n.op("Relu", "relu2", n.op("Add", "sum", b, a));
    });
    expect(fusedNames(program)).toEqual(["conv1+bn1+relu1", "conv2+bn2+sum+relu2"]);
    expect(names(program, unfused(program))).toHaveLength(7);
  });

  it("gives an addition of two convolutions to the later one", () => {
    const program = network((n) =>
      n.op("Add", "sum", n.conv("late", n.op("Relu", "relu", n.x)), n.conv("later", n.x)),
    );
    expect(fusedNames(program)).toEqual(["relu", "late", "later+sum"]);
  });

  it("leaves a result alone that something else reads", () => {
    const program = network((n) => {
      const c = n.conv("conv", n.x);
      return n.op("Add", "sum", n.op("Relu", "relu", c), n.op("Sigmoid", "sigmoid", c));
    });
    expect(fusedNames(program)).toEqual(["conv", "relu", "sigmoid+sum"]);
  });

  it("leaves a result alone that is an output of the network", () => {
    const program = network((n) => n.op("Relu", "relu", n.alsoOutput(n.conv("conv", n.x))));
    expect(fusedNames(program)).toEqual(["conv", "relu"]);
  });

  it("joins chains of elementwise nodes", () => {
    const program = network((n) => n.op("Tanh", "c", n.op("Exp", "b", n.op("Relu", "a", n.x))));
    expect(fusedNames(program)).toEqual(["a+b+c"]);
  });

  it("does not put an exponential into a convolution", () => {
    const program = network((n) => n.op("Exp", "exp", n.conv("conv", n.x)));
    expect(fusedNames(program)).toEqual(["conv", "exp"]);
  });

  it("does not compute a feature map in the epilogue of its broadcast gate", () => {
    const program = network((n) => {
      const gate = n.conv("gate", n.op("GlobalAveragePool", "squeeze", n.x));
      return n.op("Add", "excite", n.x, gate);
    });
    expect(fusedNames(program)).toEqual(["squeeze", "gate", "excite"]);
  });

  it("drops what reaches no output, and looks through views", () => {
    const program = network((n) => {
      n.op("Exp", "dead2", n.conv("dead1", n.x));
      return n.op("Relu", "relu", n.flatten("view", n.conv("conv", n.x)));
    });
    expect(fusedNames(program)).toEqual(["conv+relu"]);
  });

  it("runs every node of real networks once, after all that it reads", () => {
    const check = (graph: Graph) => {
      const program = programOf(analyze(graph));
      const groups = fused(program);
      const done = new Set<number>();
      for (const group of groups) {
        for (const [k, i] of group.entries())
          for (const p of program.producers[i]!)
            if (program.nodes[p]!.work.kind !== "view" && !group.slice(0, k).includes(p))
              expect(done.has(p)).toBe(true);
        for (const i of group) {
          expect(done.has(i)).toBe(false);
          done.add(i);
        }
      }
      const kernels = program.nodes.filter((n) => n.work.kind !== "view").length;
      expect(done.size).toBe(kernels);
    };
    for (const name of ["resnet50", "mobilenet_v2", "vgg16", "resnet-cifar"])
      check(buildNetwork(name));
    fc.assert(
      fc.property(fc.nat(15_624), (i) => check(nasBench201(cellCode(cellAt(i)), { cells: 2 }))),
      { numRuns: 50 },
    );
  });
});
