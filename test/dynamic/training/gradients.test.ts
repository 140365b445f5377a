import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { isSpatial } from "../../../src/dynamic/plan.ts";
import { trainingForm } from "../../../src/dynamic/training/form.ts";
import { elementCount, float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { trainingStep } from "../../../src/runtime/training/index.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import { DESCENT, gradientsOf, indices, runStep } from "../../runtime/training/form-helpers.ts";
import {
  type Feeds,
  floats,
  images,
  make,
  outputsOf,
  reading,
  tinyNet,
  withDrawn,
} from "../networks.ts";

const BATCH = 4;
const LABELS = [0, 2, 1, 2];
const PROGRESS = "dynamic/progress";
const tensor = (dims: readonly number[], values: Iterable<number>): DenseTensor => ({
  dtype: "float32",
  dims,
  data: Float32Array.from(values),
});

const network = (...specs: readonly string[]) =>
  withDrawn(make(tinyNet(), ...specs), /gate\.|skip\d+\.fc2/, 0.7);

/** The form, with feeds for its noise and its progress. */
function setting(...specs: readonly string[]) {
  const converted = network(...specs);
  const form = trainingForm(converted, { budget: 3 });
  const rng = stream(9, "test/noise");
  const noise = Object.fromEntries(
    (form.noise ?? []).map(({ name, shape }) => {
      const dims = [BATCH, ...(shape.slice(1) as number[])];
      const values = Array.from({ length: elementCount(dims) }, () => 0.1 + 0.8 * rng.float());
      return [name, tensor(dims, values)];
    }),
  );
  const feeds: Feeds = { ...images(converted.graph, BATCH, 7), ...noise };
  return { converted, form, feeds };
}

/** What must pass no gradient becomes an input: what is left is the soft part. */
function frozen(graph: Graph, stop: readonly string[]): Graph {
  const value = (name: string) => ({ name, dtype: "float32" as const, shape: undefined });
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !node.outputs.some((name) => stop.includes(name))),
    inputs: [...graph.inputs, ...stop.map(value)],
  };
}

const withWeight = (graph: Graph, name: string, values: readonly number[]): Graph => ({
  ...graph,
  initializers: new Map([
    ...graph.initializers,
    [name, float32s(values, graph.initializers.get(name)!.dims)],
  ]),
});

function entropy(logits: DenseTensor): number {
  const data = Array.from(logits.data as Float32Array);
  return (
    LABELS.reduce((sum, label, i) => {
      const row = data.slice(3 * i, 3 * i + 3);
      return sum + Math.log(row.reduce((s, z) => s + Math.exp(z), 0)) - row[label]!;
    }, 0) / BATCH
  );
}

describe("gates in training", () => {
  it("are 0 or 1 by their logit and the noise, and what is read is the input where they are 0", async () => {
    const { converted, form, feeds } = setting("gates:block=4");
    const region = converted.plan.regions.find(isSpatial)!;
    const values = await outputsOf(
      reading(converted.graph, region.score, region.input, region.result),
      { x: feeds.x! },
    );
    const pool = form.graph.nodes.find((node) => node.op === "GlobalAveragePool")!;
    const have = await outputsOf(reading(form.graph, pool.inputs[0]!), {
      ...feeds,
      [PROGRESS]: tensor([], [0.5]),
    });
    const u = Array.from(feeds[form.noise![0]!.name]!.data as Float32Array);
    const open = Array.from(
      values[region.score]!.data as Float32Array,
      (s, i) => s + Math.log(u[i]! / (1 - u[i]!)) >= 0,
    );
    expect(new Set(open).size).toBe(2);
    const x = values[region.input]!.data as Float32Array;
    const y = values[region.result]!.data as Float32Array;
    Array.from(have[pool.inputs[0]!]!.data as Float32Array).forEach((v, at) => {
      const [i, row, column] = [Math.floor(at / 144), Math.floor(at / 6) % 6, at % 6];
      const on = open[4 * i + 2 * Math.floor(row / 4) + Math.floor(column / 4)]!;
      expect(v).toBeCloseTo(on ? y[at]! : x[at]!, 5);
    });
  });

  it("have the gradients of their soft part, by central differences", {
    timeout: 60_000,
  }, async () => {
    for (const specs of [
      ["gates:block=4,target=0.4"],
      ["gates:block=2,kernel=1", "layers:target=0.5"],
      ["attention:block=2,keep=0.4,ascent=0", "layers"],
    ]) {
      const { converted, form, feeds } = setting(...specs);
      const step = trainingStep(converted.graph, { ...DESCENT, batch: BATCH, form, steps: 10 });
      const weights = new Map(
        [...converted.graph.initializers].filter(([name]) => step.parameterNames.includes(name)),
      );
      const state = step.initialState(0, weights);
      const now = {
        ...state,
        step: { dtype: "int64" as const, dims: [1], data: BigInt64Array.of(2n) },
      };
      const out = await runStep(step, { ...feeds, labels: indices(...LABELS) }, now);
      const gradients = gradientsOf(step, now, out);
      const done: Feeds = { ...feeds, [PROGRESS]: tensor([], [0.2]) };
      const stop = form.stop ?? [];
      const held = await outputsOf(reading(form.graph, ...stop), done);
      const soft = frozen(form.graph, stop);
      const logits = converted.graph.outputs[0]!.name;
      const penalties = form.penalties ?? [];
      const lossOf = async (graph: Graph) => {
        const given = Object.fromEntries(
          graph.inputs.map(({ name }) => [name, done[name] ?? held[name]!]),
        );
        const values = await outputsOf(reading(graph, logits, ...penalties), given);
        return penalties.reduce(
          (sum, name) => sum + Number(values[name]!.data[0]),
          entropy(values[logits]!),
        );
      };
      const checked = [...weights.keys()].filter((name) =>
        /gate|fc2|conv1.weight|conv2.bias/.test(name),
      );
      expect(checked.length).toBeGreaterThan(3);
      const h = 1 / 128;
      let moved = 0;
      for (const name of checked) {
        const values = floats(converted.graph, name);
        for (const i of [0, Math.floor(values.length / 2), values.length - 1]) {
          const at = (by: number) =>
            lossOf(
              withWeight(
                soft,
                name,
                values.map((v, j) => (j === i ? v + by : v)),
              ),
            );
          const difference = ((await at(h)) - (await at(-h))) / (2 * h);
          const gradient = gradients[name]![i]!;
          expect(Math.abs(gradient - difference), `${specs.join()}: ${name}[${i}]`).toBeLessThan(
            2e-3 + 0.03 * Math.abs(difference),
          );
          if (/gate|fc2/.test(name) && Math.abs(difference) > 0.01) moved++;
        }
      }
      expect(moved).toBeGreaterThan(0);
    }
  });
});
