import { expect, it } from "vitest";
import { type DynamicPlan, dynamicNetwork, PLAN_KEY, withPlan } from "../../src/dynamic/plan.ts";
import type { Graph } from "../../src/graph/types.ts";
import { make, plainNet, residualNet } from "./networks.ts";

type Edited = Record<string, unknown> & {
  exits: Record<string, unknown>[];
  regions: Record<string, unknown>[];
};

/** What is said of the plan after an edit by hand. */
function refusal(network: { graph: Graph; plan: DynamicPlan }, edit: (plan: Edited) => void) {
  const plan = structuredClone(network.plan) as unknown as Edited;
  edit(plan);
  const graph = withPlan(network);
  const metadata = { ...graph.metadata, [PLAN_KEY]: JSON.stringify(plan) };
  try {
    dynamicNetwork({ ...graph, metadata }, "edited.onnx");
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    expect(hint).toMatch(/anew/);
    return message;
  }
  throw new Error("nothing was refused");
}

const network = make(
  residualNet(),
  "exits",
  "layers:at=1",
  "attention:at=1+2,block=3",
  "channels:at=3",
);
const { exits, regions } = network.plan;
const at = (kind: string) => regions.findIndex((region) => region.kind === kind);

it("takes what conversion makes", () => {
  for (const each of [
    network,
    make(residualNet(), "multires:share=0.5,depth=1", "exits", "layers", "gates:block=5"),
    make(plainNet(20), "exits", "attention:block=3,at=1", "channels"),
  ])
    expect(dynamicNetwork(withPlan(each)).plan).toEqual(each.plan);
});

it("refuses names that come twice", () => {
  expect(refusal(network, (plan) => (plan.exits[1]!.name = "exit1"))).toBe(
    "edited.onnx: its plan has two exits named exit1: exits[0] and exits[1]",
  );
  const name = regions[0]!.name;
  expect(refusal(network, (plan) => (plan.regions[2]!.name = name))).toBe(
    `edited.onnx: its plan has two regions named ${name}: regions[0] and regions[2]`,
  );
  const region = regions[at("layer")]!;
  expect(
    refusal(network, (plan) => {
      plan.regions[at("layer")]!.nodes = [...region.nodes, region.nodes[0]];
    }),
  ).toBe(
    `edited.onnx: region ${region.name} of its plan has the node ${region.nodes[0]} twice, as number 1 and ${region.nodes.length + 1} of ${region.nodes.length + 1}`,
  );
});

it("refuses logits that are no rows of the network's own classes", () => {
  const { score } = regions[at("layer")]!;
  expect(refusal(network, (plan) => (plan.exits[0]!.logits = regions[0]!.output))).toMatch(
    /exit exit1 of its plan reads its logits from .*, which is \[batch, 8, 16, 16\], expected \[batch, 10\] as/,
  );
  expect(refusal(network, (plan) => (plan.exits[0]!.logits = score))).toMatch(
    /which is \[batch, 1\], expected \[batch, 10\]/,
  );
});

it("refuses scores of other shapes than their regions have", () => {
  const { logits } = exits[0]!;
  const wrong = (kind: string, score: string) =>
    refusal(network, (plan) => (plan.regions[at(kind)]!.score = score));
  expect(wrong("layer", logits)).toMatch(
    /layer region .* which is \[batch, 10\], expected \[batch, 1\]$/,
  );
  expect(wrong("channels", logits)).toMatch(
    /channels region .* \[batch, 10\], expected \[batch, 8\]$/,
  );
  expect(wrong("spatial", logits)).toMatch(
    /spatial region .* \[batch, 10\], expected \[batch, 1, 6, 6\]$/,
  );
  // Blocks of another size are another number of them.
  expect(refusal(network, (plan) => (plan.regions[at("spatial")]!.block = 4))).toMatch(
    /which is \[batch, 1, 6, 6\], expected \[batch, 1, 4, 4\]$/,
  );
});

it("refuses a dense network without work, and thresholds that are no numbers", () => {
  for (const macs of [0, -5])
    expect(refusal(network, (plan) => (plan.denseMacs = macs))).toMatch(
      new RegExp(
        `the dense network has ${macs} multiply-accumulates; the way to the last classifier alone has \\d{6,}$`,
      ),
    );
  for (const macs of [null, "1"])
    expect(refusal(network, (plan) => (plan.denseMacs = macs))).toMatch(/damaged.*denseMacs/s);
  expect(refusal(network, (plan) => (plan.exits[1]!.threshold = Number.NaN))).toMatch(
    /damaged: .*is null, as a NaN is in JSON, expected a number.*at exits\[1\]\.threshold/s,
  );
  expect(refusal(network, (plan) => (plan.regions[at("layer")]!.threshold = Number.NaN))).toMatch(
    /as a NaN is in JSON.*at regions\[0\]\.threshold/s,
  );
  expect(refusal(network, (plan) => (plan.exits[1]!.threshold = "high"))).toMatch(/damaged/);
});

it("takes shapes that cannot be inferred as they are", () => {
  const graph = withPlan(network);
  const nodes = graph.nodes.map((node) =>
    node.outputs[0] === exits[0]!.logits ? { ...node, op: "Unheard", domain: "somewhere" } : node,
  );
  expect(dynamicNetwork({ ...graph, nodes }).plan.exits).toHaveLength(exits.length);
});
