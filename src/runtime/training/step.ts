/** A training step as one graph: forward, loss, gradients, clipping, update, averages. */
import { UserError } from "../../base/errors.ts";
import { nameMaker, renameValues } from "../../graph/edit.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import { type Gradients, gradients } from "../../ops/gradients/index.ts";
import { chosen, count, positive, share } from "./check.ts";
import { checkNames, initialValues } from "./initial.ts";
import { LABELS, type Layout, nextName, STATE } from "./layout.ts";
import type { LossInputs } from "./loss.ts";
import { lossGraph } from "./loss-graph.ts";
import { type TrainingNetwork, trainingNetwork, withOwnStatistics } from "./network.ts";
import { optimizer } from "./optimizer/index.ts";
import type { Optimizer } from "./optimizer/types.ts";
import { layOut, total } from "./slots.ts";
import {
  LABEL_FORMS,
  type Slot,
  STEP_OUTPUTS,
  type StateTensor,
  type TrainingOptions,
  type TrainingState,
  type TrainingStep,
} from "./types.ts";
import { updateGraph } from "./update-graph.ts";

/**
 * Makes the graph of one step of training.
 *
 * @param network a classifier in inference form, of one image input. Its BatchNormalization nodes
 *   train with the batch's own statistics; where they are folded into convolutions, what is there is
 *   trained as it is.
 * @throws UserError for options out of range, a network that is no such classifier, or an operator
 *   without a gradient
 */
export function trainingStep(network: Graph, options: TrainingOptions): TrainingStep {
  const { batch, labels: form = "indices", labelSmoothing: smoothing = 0 } = options;
  count("batch", batch);
  share("labelSmoothing", smoothing);
  if (options.clipNorm !== undefined) positive("clipNorm", options.clipNorm);
  if (options.emaDecay !== undefined) share("emaDecay", options.emaDecay);
  chosen("form of labels", Object.fromEntries(LABEL_FORMS.map((f) => [f, f])), form);
  const solver = optimizer(
    options.optimizer ?? { name: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  );
  const own = withOwnStatistics(withoutReserved(network, solver));
  const trained = trainingNetwork(own, batch);
  const { layout, gradient } = differentiated(trained, batch, form, smoothing, options);
  const state = stateTensors(layout, solver, options);
  return {
    graph: updateGraph(layout, gradient, state, solver, options),
    network: own,
    options,
    images: trained.images,
    labels: LABELS,
    classes: trained.classes,
    parameterNames: layout.parameters.map((slot) => slot.name),
    parameters: layout.parameters,
    running: layout.running,
    stateNames: state.map((tensor) => tensor.name),
    state,
    initialState: (seed, weights = new Map()) => initialState(own, layout, state, seed, weights),
  };
}

/** Values named as inputs and outputs of the step are given other names. */
function withoutReserved(network: Graph, solver: Optimizer): Graph {
  const states = [...Object.values(STATE), ...solver.moments];
  const reserved = [...Object.values(STEP_OUTPUTS), LABELS, ...states, ...states.map(nextName)];
  const used = new Set([
    ...network.inputs.map((v) => v.name),
    ...network.initializers.keys(),
    ...network.nodes.flatMap((node) => node.outputs),
  ]);
  const clashes = reserved.filter((name) => used.has(name));
  if (clashes.length === 0) return network;
  const fresh = nameMaker(network);
  return renameValues(network, new Map(clashes.map((name) => [name, fresh(`network/${name}`)])));
}

/** The network with its loss behind it and the gradients behind that. */
function differentiated(
  network: TrainingNetwork,
  batch: number,
  form: LossInputs["form"],
  smoothing: number,
  options: TrainingOptions,
): { layout: Layout; gradient: Gradients } {
  const candidates = options.parameters ?? network.candidates;
  for (const name of candidates)
    if (!network.candidates.includes(name))
      throw new UserError(`${network.graph.name} has no weights named ${name} to train`, {
        hint: `choose from ${network.candidates.slice(0, 8).join(", ")}${network.candidates.length > 8 ? ", …" : ""}`,
        exitCode: 2,
      });
  const attempt = (names: readonly string[]) => {
    const layout: Layout = {
      network,
      parameters: layOut(network.graph, names),
      running: layOut(
        network.graph,
        network.statistics.map((s) => s.name),
      ),
    };
    const inputs = {
      logits: network.logits,
      labels: LABELS,
      form,
      classes: network.classes,
      smoothing,
    };
    return {
      layout,
      gradient: gradients(lossGraph(layout, batch, inputs), STEP_OUTPUTS.loss, names),
    };
  };
  const first = attempt(candidates);
  const { unreachable } = first.gradient;
  if (unreachable.length === 0) return first;
  return attempt(candidates.filter((name) => !unreachable.includes(name)));
}

function stateTensors(
  { parameters, running }: Layout,
  solver: Optimizer,
  options: TrainingOptions,
): readonly StateTensor[] {
  const vector = (name: string, slots: readonly Slot[]): StateTensor[] =>
    slots.length === 0
      ? []
      : [{ name, next: nextName(name), dtype: "float32", dims: [total(slots)] }];
  return [
    ...vector(STATE.parameters, parameters),
    ...vector(STATE.running, running),
    { name: STATE.step, next: nextName(STATE.step), dtype: "int64", dims: [1] },
    ...solver.moments.flatMap((moment) => vector(moment, parameters)),
    ...(options.emaDecay === undefined
      ? []
      : [...vector(STATE.average, parameters), ...vector(STATE.averageRunning, running)]),
  ];
}

function initialState(
  network: Graph,
  { parameters, running }: Layout,
  state: readonly StateTensor[],
  seed: number,
  weights: ReadonlyMap<string, Tensor>,
): TrainingState {
  checkNames(network, weights);
  const values = initialValues(network, parameters, seed, weights);
  const statistics = initialValues(network, running, seed, weights);
  const start: Readonly<Record<string, () => Float32Array>> = {
    [STATE.parameters]: () => values,
    [STATE.running]: () => statistics,
    [STATE.average]: () => values.slice(),
    [STATE.averageRunning]: () => statistics.slice(),
  };
  return Object.fromEntries(
    state.map(({ name, dtype, dims }) => [
      name,
      {
        dtype,
        dims,
        data:
          dtype === "int64"
            ? new BigInt64Array(dims[0]!)
            : (start[name]?.() ?? new Float32Array(dims[0]!)),
      },
    ]),
  );
}
