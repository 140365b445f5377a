import { describe, expect, it } from "vitest";
import { type DynamicNetwork, withPlan } from "../../../src/dynamic/plan.ts";
import { trainingForm } from "../../../src/dynamic/training/form.ts";
import { DYNAMIC_FORM, dynamicForm } from "../../../src/dynamic/training/maker.ts";
import { trainingStep } from "../../../src/runtime/training/index.ts";
import { DESCENT, gradientsOf, indices, runStep } from "../../runtime/training/form-helpers.ts";
import { images, make, outputsOf, plainNet, reading } from "../networks.ts";

const BATCH = 4;
const LABELS = [0, 2, 1, 2];

/** Gradients of the first step, by weight. */
async function gradients(network: DynamicNetwork, only?: readonly string[]) {
  const form = trainingForm(network, only && { only });
  const step = trainingStep(network.graph, { ...DESCENT, batch: BATCH, form, steps: 10 });
  const state = step.initialState(0, network.graph.initializers);
  const feeds = { ...images(network.graph, BATCH, 7), labels: indices(...LABELS) };
  return { step, of: gradientsOf(step, state, await runStep(step, feeds, state)) };
}

describe("training exits alone", () => {
  it("gives a coarse network the gradients that it has in the training of everything", async () => {
    // What joins it to the full network is 0 at first, so that nothing comes back from there.
    const network = make(plainNet(), "multires:share=0.3,depth=1", "exits:at=2");
    const all = await gradients(network);
    const alone = await gradients(network, ["coarse"]);
    const own = all.step.parameterNames.filter((name) => /^coarse\.(?!join)/.test(name));
    expect(alone.step.parameterNames.toSorted()).toEqual(own.toSorted());
    expect(alone.step.running.map(({ name }) => name)).toEqual(
      all.step.running.map(({ name }) => name).filter((name) => name.startsWith("coarse.")),
    );
    for (const name of own)
      alone.of[name]!.forEach((value, i) => {
        expect(value).toBeCloseTo(all.of[name]![i]!, 5);
      });
    expect(Math.max(...own.flatMap((name) => alone.of[name]!.map(Math.abs)))).toBeGreaterThan(0.01);
  });

  it("leaves the trunk as it is in inference: a linear exit has the softmax's own gradient", async () => {
    const network = make(plainNet(), "multires:share=0.3,depth=1", "exits:at=2");
    const { step, of } = await gradients(network, ["exit2"]);
    expect(step.parameterNames.toSorted()).toEqual(["exit2.fc.bias", "exit2.fc.weight"]);
    expect(step.running).toEqual([]);
    const [exit] = network.plan.exits.filter(({ name }) => name === "exit2");
    const pool = network.graph.nodes.find(({ name }) => name === "exit2.flatten")!;
    const values = await outputsOf(
      reading(network.graph, pool.outputs[0]!, exit!.logits),
      images(network.graph, BATCH, 7),
    );
    const logits = Array.from(values[exit!.logits]!.data as Float32Array);
    const features = Array.from(values[pool.outputs[0]!]!.data as Float32Array);
    const [classes, width] = [logits.length / BATCH, features.length / BATCH];
    for (let k = 0; k < classes; k++)
      for (let c = 0; c < width; c++) {
        let want = 0;
        for (let i = 0; i < BATCH; i++) {
          const row = logits.slice(i * classes, (i + 1) * classes).map(Math.exp);
          const p = row[k]! / row.reduce((a, b) => a + b, 0);
          want += ((p - (LABELS[i] === k ? 1 : 0)) * features[i * width + c]!) / BATCH;
        }
        expect(of["exit2.fc.weight"]![k * width + c]).toBeCloseTo(exit!.weight * want, 5);
      }
  });

  it("keeps what joins a coarse network to the full one, also where a later exit sees it", async () => {
    const network = make(plainNet(), "multires:share=0.3,depth=1", "exits:at=2");
    const both = await gradients(network, ["coarse", "exit2"]);
    const coarse = await gradients(network, ["coarse"]);
    const heads = ["exit2.fc.bias", "exit2.fc.weight"];
    expect(both.step.parameterNames.toSorted()).toEqual(
      [...coarse.step.parameterNames, ...heads].toSorted(),
    );
    for (const name of coarse.step.parameterNames)
      both.of[name]!.forEach((value, i) => {
        expect(value).toBeCloseTo(coarse.of[name]![i]!, 5);
      });
  });

  it("goes on where regions are decided, and passes them no gradient", async () => {
    const network = make(plainNet(), "gates:block=2", "exits:at=2");
    const { step } = await gradients(network, ["exit2"]);
    expect(step.parameterNames.toSorted()).toEqual(["exit2.fc.bias", "exit2.fc.weight"]);
  });

  it("is scored by the last exit that is trained", () => {
    const network = make(plainNet(), "multires:share=0.3,depth=1", "exits:at=2");
    const scored = (options: object) =>
      dynamicForm({ kind: DYNAMIC_FORM, options }).evaluation!(withPlan(network)).outputs[0]!.name;
    const [coarse, exit2] = network.plan.exits.map(({ logits }) => logits);
    expect(scored({ only: ["coarse"] })).toBe(coarse);
    expect(scored({ only: ["exit2", "coarse"] })).toBe(exit2);
    expect(scored({})).toBe(network.graph.outputs[0]!.name);
    const reported = (options: object) =>
      dynamicForm({ kind: DYNAMIC_FORM, options }).exits!(withPlan(network));
    expect(reported({ only: ["exit2"] })).toEqual({ exit2 });
    expect(reported({})).toEqual({ coarse, exit2 });
  });

  it("names the exits that there are", () => {
    const network = make(plainNet(), "exits");
    expect(() => trainingForm(network, { only: ["coarse"] })).toThrow(
      /has the exits exit1, exit2, and --only names coarse/,
    );
    expect(() => trainingForm(make(plainNet(), "gates"), { only: ["coarse"] })).toThrow(/no exits/);
  });
});
