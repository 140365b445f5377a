/** The rest of a step, behind the gradients: clipping, update, running statistics, averages. */
import { removeDead } from "../../graph/edit.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import type { Gradients } from "../../ops/gradients/index.ts";
import { clipByNorm, norm } from "./clip.ts";
import { movingAverage } from "./ema.ts";
import { Formula } from "./formula.ts";
import { type Layout, STATE } from "./layout.ts";
import type { Optimizer } from "./optimizer/types.ts";
import { builderFor, replay } from "./replay.ts";
import { schedule } from "./schedule/index.ts";
import { putTogether } from "./slots.ts";
import { STEP_OUTPUTS, type StateTensor, type TrainingOptions } from "./types.ts";

export function updateGraph(
  layout: Layout,
  { graph, gradients, stateUpdates }: Gradients,
  reports: readonly string[],
  state: readonly StateTensor[],
  solver: Optimizer,
  options: TrainingOptions,
): Graph {
  const builder = builderFor(graph);
  const v = new Formula(builder);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  const inputs = new Set(graph.inputs.map((input) => input.name));
  for (const { name, dims, dtype } of state)
    if (!inputs.has(name)) builder.input(name, dims, dtype);
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  replay(builder, graph);

  v.scoped("gradient");
  let gradient = putTogether(
    v,
    layout.parameters.map((slot) => gradients.get(slot.name)!),
    layout.parameters,
  );
  const length = norm(v, gradient);
  if (options.clipNorm !== undefined) gradient = clipByNorm(v, gradient, length, options.clipNorm);
  v.scoped("learning_rate");
  const steps = v.apply("Squeeze", [v.cast(STATE.step, "float32"), v.integers(0)]);
  const learningRate = schedule(options.schedule)(v, steps);
  const update = solver.update(v, {
    parameters: STATE.parameters,
    gradient,
    learningRate,
    step: STATE.step,
    moments: Object.fromEntries(solver.moments.map((name) => [name, name])),
  });
  v.scoped("step");
  const next: Record<string, string> = {
    ...update.moments,
    [STATE.parameters]: update.parameters,
    [STATE.step]: v.apply("Add", [STATE.step, v.integers(1)]),
  };
  if (layout.running.length > 0) next[STATE.running] = runningNext(v, layout, stateUpdates);
  if (options.emaDecay !== undefined)
    for (const [average, of] of [
      [STATE.average, STATE.parameters],
      [STATE.averageRunning, STATE.running],
    ] as const)
      if (next[of] !== undefined)
        next[average] = movingAverage(v, average, next[of], options.emaDecay);

  v.scoped("step");
  const give = (
    value: string,
    name: string,
    dims: readonly number[],
    dtype: StateTensor["dtype"],
  ) => {
    if (value !== name) builder.add("Identity", [value], {}, { outputs: [name] });
    builder.output(name, dims, dtype);
  };
  const { loss, correct, gradientNorm, finite } = STEP_OUTPUTS;
  give(loss, loss, [], "float32");
  give(correct, correct, [], "int64");
  give(length, gradientNorm, [], "float32");
  give(learningRate, STEP_OUTPUTS.learningRate, [], "float32");
  // NaN is not below infinity either.
  give(v.less(v.add(v.apply("Abs", [loss]), length), Infinity), finite, [], "bool");
  for (const report of reports) give(report, report, [], "float32");
  for (const tensor of state) give(next[tensor.name]!, tensor.next, tensor.dims, tensor.dtype);
  return removeDead(builder.build());
}

/** The update that ONNX defines, with the batch's variance made the unbiased one. */
function runningNext(
  v: Formula,
  { network, running }: Layout,
  updates: ReadonlyMap<string, string>,
): string {
  v.scoped(STATE.running);
  const values = running.map((slot) => updates.get(slot.name)!);
  const next = putTogether(v, values, running);
  // next = m old + (1 - m) batch; wanted: m old + f (1 - m) batch = f next + m (1 - f) old
  const vector = (of: (i: number) => number) => {
    const filled = running.flatMap((slot, i) => Array.from({ length: slot.size }, () => of(i)));
    return v.constant(tensorOf("float32", [filled.length], filled));
  };
  const { statistics } = network;
  const factor = vector((i) => statistics[i]!.factor);
  const old = vector((i) => statistics[i]!.momentum * (1 - statistics[i]!.factor));
  return v.add(v.mul(next, factor), v.mul(STATE.running, old));
}
