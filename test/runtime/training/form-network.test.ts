/** What a form shares with the network that is kept, and the forms that are refused. */
import { describe, expect, it } from "vitest";
import { numbers } from "../../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../../src/graph/types.ts";
import {
  stateAfter,
  type TrainingForm,
  trainedGraph,
  trainingStep,
} from "../../../src/runtime/training/index.ts";
import { uniform } from "../../support/finite-differences.ts";
import {
  DESCENT,
  dense,
  FEATURES,
  gatedForm,
  gatedNetwork,
  indices,
  runStep,
} from "./form-helpers.ts";
import { smallNet } from "./vectors.ts";

const BATCH = 3;

describe("a form and its network", () => {
  const descent = { ...DESCENT, batch: BATCH };
  const image = uniform(5, [BATCH, 3, 8, 8]);
  const fed = (network: Graph) => ({
    [network.inputs[0]!.name]: dense(image.dims, Array.from(numbers(image), Number)),
    labels: indices(0, 4, 2),
  });
  const next = async (network: Graph, form?: TrainingForm) => {
    const step = trainingStep(network, { ...descent, form });
    const out = await runStep(step, fed(network), step.initialState(3));
    return { step, trained: trainedGraph(step, stateAfter(step, out)) };
  };
  const bytes = (graph: Graph) => [...graph.initializers].map(([name, t]) => [name, [...t.bytes]]);

  it("are the same where the form is the network, running statistics too", async () => {
    const network = smallNet();
    const plain = await next(network);
    const formed = await next(network, { graph: network });
    expect(formed.step.running.length).toBeGreaterThan(0);
    expect(bytes(formed.trained)).toEqual(bytes(plain.trained));
  });

  it("keep their weights under one name where that is one of the step's own", async () => {
    const renamed = (graph: Graph): Graph => {
      const to = (name: string) =>
        ({ "fc.weight": "step", "bn1.running_mean": "running", input: "labels" })[name] ?? name;
      return {
        ...graph,
        inputs: graph.inputs.map((v) => ({ ...v, name: to(v.name) })),
        nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(to) })),
        initializers: new Map([...graph.initializers].map(([name, t]) => [to(name), t])),
      };
    };
    const network = renamed(smallNet());
    const step = trainingStep(network, { ...descent, form: { graph: network } });
    expect(step.parameterNames).toContain("network/step");
    expect(step.running.map((slot) => slot.name)).toContain("network/running");
    expect(step.images).toBe("network/labels");
  });

  it("leave a teacher's weights and statistics alone", async () => {
    const network = smallNet();
    const to = (name: string) => (name === "input" || name === "" ? name : `teacher/${name}`);
    const form: TrainingForm = {
      graph: {
        ...network,
        nodes: [
          ...network.nodes,
          ...network.nodes.map((node) => ({
            ...node,
            name: to(node.name),
            inputs: node.inputs.map(to),
            outputs: node.outputs.map(to),
          })),
        ],
        initializers: new Map([
          ...network.initializers,
          ...[...network.initializers].map(([name, t]) => [to(name), t] as const),
        ]),
      },
      classifiers: [
        {
          logits: network.outputs[0]!.name,
          weight: 1,
          teacher: { logits: to(network.outputs[0]!.name), weight: 1, temperature: 2 },
        },
      ],
    };
    const { step } = await next(network, form);
    const names = [...step.parameterNames, ...step.running.map((slot) => slot.name)];
    expect(names.toSorted()).toEqual([...network.initializers.keys()].toSorted());
    const training = step.graph.nodes.filter(
      (node) => node.op === "BatchNormalization" && node.name.startsWith("teacher/"),
    );
    expect(training.map((node) => node.attributes.training_mode)).toEqual([undefined, undefined]);
  });
});

describe("a form that does not match is refused:", () => {
  const weights = (change: Readonly<Record<string, Tensor>>, form = gatedForm("hard")) => ({
    ...form,
    graph: {
      ...form.graph,
      initializers: new Map([...form.graph.initializers, ...Object.entries(change)]),
    },
  });
  const renamed = (from: string, to: string): TrainingForm => {
    const form = gatedForm("hard");
    const swap = (name: string) => (name === from ? to : name);
    return {
      ...form,
      graph: {
        ...form.graph,
        nodes: form.graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(swap) })),
        initializers: new Map([...form.graph.initializers].map(([n, t]) => [swap(n), t])),
      },
    };
  };
  const form = gatedForm("hard");
  const cases: readonly [string, TrainingForm, RegExp, RegExp][] = [
    [
      "a weight that the network lacks",
      renamed("w2", "w22"),
      /gated, the form of gated: MatMul_\d+ \(MatMul\) trains w22, float32 \[4, 3\]; the network has no initializer of that name/,
      /did you mean w2\? .* stop/,
    ],
    [
      "a weight of other dimensions",
      weights({
        w2: uniform(1, [4, 3]),
        early: uniform(1, [4, 3]),
        gate: uniform(1, [FEATURES, 1]),
      }),
      /trains gate, float32 \[2, 1\]; the network's is float32 \[2, 4\]/,
      /from its own initializers/,
    ],
    [
      "an input that is missing",
      { ...form, noise: [...form.noise!, { name: "v", shape: ["batch", 2] }] },
      /input v is missing, expected float32 \[batch, 2\]/,
      /progress and noise/,
    ],
    [
      "an input of another shape",
      { ...form, noise: [{ name: "u", shape: ["batch", 5] }] },
      /input u is float32 \[batch, 4\], expected float32 \[batch, 5\]/,
      /progress and noise/,
    ],
    [
      "noise of a free size",
      { ...form, noise: [{ name: "u", shape: ["batch", "units"] }] },
      /noise u is \[batch, units\], expected the batch and then numbers/,
      /but the first/,
    ],
    [
      "an input that nothing feeds",
      { ...form, noise: [] },
      /nothing feeds its input u; fed are x, done/,
      /name it in progress or noise/,
    ],
    [
      "a classifier that does not exist",
      { ...form, classifiers: [{ logits: "fnal", weight: 1 }] },
      /classifier fnal is no value of the graph/,
      /did you mean final\?/,
    ],
    [
      "a classifier that is none",
      { ...form, classifiers: [{ logits: "kept", weight: 1 }] },
      /kept is float32 \[\], expected float32 \[3, classes\]/,
      /one row of logits/,
    ],
    [
      "classifiers of different classes",
      { ...form, classifiers: [...form.classifiers!, { logits: "score", weight: 1 }] },
      /score tells 4 classes apart, exit 3/,
      /the classes of the data/,
    ],
    [
      "a penalty that is no number",
      { ...form, penalties: ["soft"] },
      /penalty soft is float32 \[3, 4\], expected float32 \[\]/,
      /ReduceMean/,
    ],
    ["a stop that does not exist", { ...form, stop: ["rust"] }, /stop rust is no value/, /rest/],
    [
      "a temperature of 0",
      {
        ...form,
        classifiers: [
          { logits: "exit", weight: 1, teacher: { logits: "final", weight: 1, temperature: 0 } },
        ],
      },
      /temperature of exit's teacher final = 0/,
      /above 0/,
    ],
    [
      "nothing to learn",
      { ...form, penalties: [], classifiers: [{ logits: "final", weight: 0 }] },
      /none of a weight above 0, and no penalties/,
      /at least one/,
    ],
  ];
  it.each(cases)("%s", (_, wrong, message, hint) => {
    const make = () =>
      trainingStep(gatedNetwork(), { ...DESCENT, batch: BATCH, steps: 10, form: wrong });
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }));
  });

  it("progress without the number of steps", () => {
    expect(() => trainingStep(gatedNetwork(), { ...DESCENT, batch: BATCH, form })).toThrow(
      /the form asks for its progress \(done\), but steps are not given/,
    );
  });

  it("running statistics that the network lacks, beside a scale that it has", () => {
    const network = smallNet();
    const swap = (name: string) => (name === "bn1.running_var" ? "other_var" : name);
    const graph: Graph = {
      ...network,
      nodes: network.nodes.map((node) => ({ ...node, inputs: node.inputs.map(swap) })),
      initializers: new Map([...network.initializers].map(([n, t]) => [swap(n), t])),
    };
    expect(() => trainingStep(network, { ...DESCENT, batch: 2, form: { graph } })).toThrow(
      /\(BatchNormalization\) trains other_var, float32 \[\d+\]; the network has no initializer/,
    );
  });
});
