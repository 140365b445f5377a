import { describe, expect, it } from "vitest";
import { convert } from "../../src/dynamic/convert.ts";
import { denseOperators } from "../../src/dynamic/dense.ts";
import { dynamicNetwork, PLAN_KEY, withPlan } from "../../src/dynamic/plan.ts";
import { parseMechanism } from "../../src/dynamic/spec.ts";
import { renameReads } from "../../src/graph/edit.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    const { message, hint, exitCode } = error as Error & { hint?: string; exitCode?: number };
    return `${exitCode} ${message} | ${hint}`;
  }
  throw new Error("nothing was refused");
};

describe("a mechanism on the command line", () => {
  it("has defaults, and values as they are written", () => {
    expect(parseMechanism("multires").values).toEqual({ share: 0.08, depth: 2, weight: 0.5 });
    expect(parseMechanism("exits:at=1+2, width=16").values).toMatchObject({
      at: [1, 2],
      width: 16,
    });
  });

  it("is refused with what, where and the remedy", () => {
    expect(refusal(() => parseMechanism("exit"))).toBe(
      "2 no mechanism named 'exit' | did you mean exits?",
    );
    expect(refusal(() => parseMechanism("multires:shar=1"))).toMatch(
      /multires has no option shar \| did you mean share\?/,
    );
    expect(refusal(() => parseMechanism("multires:share=2"))).toMatch(
      /share = '2' is no number from 0.001 to 1/,
    );
    expect(refusal(() => parseMechanism("multires:depth=1.5"))).toMatch(
      /depth = '1.5' is no whole number/,
    );
    expect(refusal(() => parseMechanism("exits:width=1e12"))).toMatch(/from 0 to 16384/);
    expect(refusal(() => parseMechanism("exits:at=last"))).toMatch(/at 'last' names no stages/);
    expect(refusal(() => parseMechanism("exits:at=1,at=2"))).toMatch(/at is given twice/);
  });
});

describe("convert", () => {
  const resnet = () => buildNetwork("resnet-cifar", { depth: 8 });
  it("refuses stages that are not there, networks without suitable places, and a second conversion", () => {
    const to =
      (network: ReturnType<typeof resnet>, ...specs: string[]) =>
      () =>
        convert(network, specs.map(parseMechanism), 0);
    expect(refusal(to(resnet(), "exits:at=3"))).toMatch(/stages 1, 2 to leave at, not 3/);
    expect(refusal(to(buildNetwork("vgg-cifar"), "layers"))).toMatch(
      /no residual block with an identity shortcut/,
    );
    expect(refusal(to(resnet(), "layers:at=2"))).toMatch(/in stage 2 \| stages that have: 1/);
    const net = buildNetwork("resnet-cifar", { depth: 14 });
    expect(refusal(to(net, "layers:at=1+9"))).toMatch(/in stage 9 \| stages that have: 1, 2, 3/);
    expect(refusal(to(net, "layers", "layers"))).toMatch(
      /each residual block .* has a gate already/,
    );
    expect(refusal(to(net, "exits", "exits:at=1"))).toMatch(/has an exit at stage 1 already/);
    expect(refusal(to(resnet(), "multires:share=0.001"))).toMatch(
      /coarse network of 8 channels has more than 0.001/,
    );
    expect(refusal(to(resnet()))).toMatch(/no mechanism is given/);
    const once = withPlan(to(resnet(), "exits")());
    expect(refusal(to(once, "exits"))).toMatch(/is dynamic already/);
    expect(refusal(to(buildNetwork("mlp", { features: 4 }), "exits"))).toMatch(
      /expected \[batch, channels, height, width\]/,
    );
  });

  it("gives each part a name of its own, and exits the order of the stages", () => {
    const net = buildNetwork("resnet-cifar", { depth: 14 });
    const specs = [
      "exits:at=2",
      "layers:at=2",
      "multires:share=0.2",
      "layers:at=1",
      "exits:at=1+1",
    ];
    const { plan } = convert(net, specs.map(parseMechanism), 0);
    expect(plan.exits.map(({ name }) => name)).toEqual(["coarse", "exit1", "exit2"]);
    const names = plan.regions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("counts what stays dense", () => {
    const graph = resnet();
    const odd = {
      ...graph.nodes.at(-1)!,
      name: "odd",
      op: "Hardmax",
      inputs: ["fc_out"],
      outputs: ["odd_out"],
      attributes: {},
    };
    const network = convert(
      {
        ...graph,
        nodes: [...graph.nodes, odd],
        outputs: [{ ...graph.outputs[0]!, name: "odd_out" }],
      },
      [parseMechanism("exits")],
      0,
    );
    expect(network.plan.dense).toEqual({ Hardmax: 1 });
  });

  it("counts what regions refuse, whatever the operator", () => {
    const graph = resnet();
    expect(denseOperators(graph)).toEqual({});
    // Scaled by its own mean, as a squeeze-and-excitation is: neither node runs on blocks.
    const conv = graph.nodes.find((node) => node.op === "Conv")!;
    const [value] = conv.outputs as [string];
    const node = (op: string, inputs: readonly string[], output: string) => ({
      name: output,
      op,
      domain: "",
      inputs,
      outputs: [output],
      attributes: {},
    });
    const scaled = {
      ...graph,
      nodes: graph.nodes.flatMap((each) =>
        each === conv
          ? [
              each,
              node("GlobalAveragePool", [value], "mean"),
              node("Mul", [value, "mean"], "scaled"),
            ]
          : [renameReads(each, new Map([[value, "scaled"]]))],
      ),
    };
    expect(denseOperators(scaled)).toEqual({ GlobalAveragePool: 1, Mul: 1 });
  });

  it("keeps its plan in the file's metadata, and tells of one that does not fit", () => {
    const network = convert(resnet(), [parseMechanism("exits"), parseMechanism("layers")], 0);
    const graph = withPlan(network);
    expect(dynamicNetwork(graph).plan).toEqual(network.plan);
    expect(refusal(() => dynamicNetwork(resnet()))).toMatch(/is not dynamic/);
    const damaged = { ...graph, metadata: { [PLAN_KEY]: '{"version": 2}' } };
    expect(refusal(() => dynamicNetwork(damaged))).toMatch(/is damaged.*version/s);
    const lost = { ...graph, nodes: graph.nodes.filter((node) => !node.name.startsWith("exit1")) };
    expect(refusal(() => dynamicNetwork(lost))).toMatch(
      /names the value exit1\.fc_out, which the graph does not have/,
    );
  });
});
