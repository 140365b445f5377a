/** A training step as one graph: forward, loss, gradients, clipping, update, averages. */
import { UserError } from "../../base/errors.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import { type Gradients, gradients } from "../../ops/gradients/index.ts";
import { chosen, count, positive, share } from "./check.ts";
import { checkWeights } from "./form-weights.ts";
import { checkNames, initialValues } from "./initial.ts";
import { LABELS, type Layout, nextName, STATE } from "./layout.ts";
import { type LossGraph, type LossOptions, lossGraph } from "./loss-graph.ts";
import { type TrainingNetwork, trainingNetwork, withOwnStatistics } from "./network.ts";
import { optimizer } from "./optimizer/index.ts";
import type { Optimizer } from "./optimizer/types.ts";
import { withoutReserved } from "./reserved.ts";
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
import { wholeForm } from "./whole-form.ts";

/**
 * Makes the graph of one step of training.
 *
 * @param network a classifier in inference form, of one image input. Its BatchNormalization nodes
 *   train with the batch's own statistics; where they are folded into convolutions, what is there is
 *   trained as it is. Where options have a form, that is what is differentiated, and the network need
 *   only have its weights and its input.
 * @throws UserError for options out of range, a network that is no such classifier, a form that does
 *   not match it, or an operator without a gradient
 */
export function trainingStep(network: Graph, options: TrainingOptions): TrainingStep {
  const { batch, labels = "indices", labelSmoothing: smoothing = 0 } = options;
  count("batch", batch);
  share("labelSmoothing", smoothing);
  if (options.clipNorm !== undefined) positive("clipNorm", options.clipNorm);
  if (options.emaDecay !== undefined) share("emaDecay", options.emaDecay);
  chosen("form of labels", Object.fromEntries(LABEL_FORMS.map((f) => [f, f])), labels);
  const solver = optimizer(
    options.optimizer ?? { name: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  );
  const apart = withoutReserved(network, options.form, solver);
  const own = withOwnStatistics(apart.network);
  const form = wholeForm(own, apart.form);
  if (form.progress !== undefined) checkSteps(form.progress, options.steps);
  const trained = trainingNetwork(own, batch, form);
  const loss = { batch, labels, smoothing, steps: options.steps };
  const { layout, gradient, reports } = differentiated(trained, loss, options.parameters);
  const state = stateTensors(layout, solver, options);
  return {
    graph: updateGraph(layout, gradient, Object.values(reports), state, solver, options),
    network: own,
    options,
    images: trained.images,
    labels: LABELS,
    noise: form.noise.map(({ name, shape }) => ({
      name,
      dims: [batch, ...(shape.slice(1) as number[])],
    })),
    reports,
    classes: trained.classes,
    parameterNames: layout.parameters.map((slot) => slot.name),
    parameters: layout.parameters,
    running: layout.running,
    stateNames: state.map((tensor) => tensor.name),
    state,
    initialState: (seed, weights = new Map()) => initialState(own, layout, state, seed, weights),
  };
}

function checkSteps(progress: string, steps: number | undefined): void {
  if (steps === undefined)
    throw new UserError(`the form asks for its progress (${progress}), but steps are not given`, {
      hint: "give the steps of the whole training",
    });
  count("steps", steps);
}

/** The network with its loss behind it and the gradients behind that. */
function differentiated(
  network: TrainingNetwork,
  options: LossOptions,
  parameters: readonly string[] = network.candidates,
): Pick<LossGraph, "reports"> & { readonly layout: Layout; readonly gradient: Gradients } {
  for (const name of parameters)
    if (!network.candidates.includes(name))
      throw new UserError(`${network.graph.name} has no weights named ${name} to train`, {
        hint: `choose from ${network.candidates.slice(0, 8).join(", ")}${network.candidates.length > 8 ? ", …" : ""}`,
        exitCode: 2,
      });
  const statistics = network.statistics.map((s) => s.name);
  const attempt = (names: readonly string[]) => {
    const layout: Layout = {
      network,
      parameters: layOut(network.graph, names),
      running: layOut(network.graph, statistics),
    };
    const { graph, stop, reports } = lossGraph(layout, options);
    return { layout, reports, gradient: gradients(graph, STEP_OUTPUTS.loss, names, { stop }) };
  };
  const first = attempt(parameters);
  const { unreachable } = first.gradient;
  const reached = parameters.filter((name) => !unreachable.includes(name));
  checkWeights(network.form, [...reached, ...statistics]);
  return unreachable.length === 0 ? first : attempt(reached);
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
