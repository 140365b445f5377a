/** The network with its loss behind it: what is differentiated. */
import type { Graph } from "../../graph/types.ts";
import { distillation } from "./distillation.ts";
import { Formula } from "./formula.ts";
import { LABELS, type Layout, STATE } from "./layout.ts";
import { correctCount, crossEntropy, type LossInputs } from "./loss.ts";
import { builderFor, replay } from "./replay.ts";
import { takeApart, total } from "./slots.ts";
import { type LabelForm, STEP_OUTPUTS } from "./types.ts";
import type { WholeForm } from "./whole-form.ts";

export interface LossOptions {
  readonly batch: number;
  readonly labels: LabelForm;
  readonly smoothing: number;
  /** Of the whole training; progress is told in them. */
  readonly steps: number | undefined;
}

export interface LossGraph {
  readonly graph: Graph;
  /** Values that pass no gradient. */
  readonly stop: readonly string[];
  /** Outputs that hold what the form reports, by what it calls it. */
  readonly reports: Readonly<Record<string, string>>;
}

/**
 * Inputs: images, labels, noise, the flat vectors that weights and running statistics are parts of,
 * and the steps done where the form asks for progress.
 */
export function lossGraph(layout: Layout, options: LossOptions): LossGraph {
  const { graph, form, classes } = layout.network;
  const { batch } = options;
  const builder = builderFor(graph);
  const v = new Formula(builder);
  for (const { name, shape, dtype } of graph.inputs)
    if (name !== form.progress) builder.input(name, shape, dtype);
  if (options.labels === "indices") builder.input(LABELS, [batch], "int64");
  else builder.input(LABELS, [batch, classes]);
  const taken = new Set<string>();
  for (const [flat, slots] of [
    [STATE.parameters, layout.parameters],
    [STATE.running, layout.running],
  ] as const) {
    if (slots.length === 0) continue;
    builder.input(flat, [total(slots)]);
    takeApart(v, flat, slots);
    for (const slot of slots) taken.add(slot.name);
  }
  if (form.progress !== undefined) addProgress(v, form.progress, options.steps!);
  for (const [name, tensor] of graph.initializers)
    if (!taken.has(name)) builder.initializer(name, tensor);
  replay(builder, graph);
  const of = (logits: string): LossInputs => ({
    logits,
    labels: LABELS,
    form: options.labels,
    classes,
    smoothing: options.smoothing,
  });
  const { terms, teachers } = lossTerms(v, form, of);
  v.scoped("loss");
  const loss = terms.reduce((sum, term) => v.add(sum, term));
  builder.add("Identity", [loss], {}, { outputs: [STEP_OUTPUTS.loss] });
  const correct = correctCount(v, of(layout.network.logits));
  builder.add("Identity", [correct], {}, { outputs: [STEP_OUTPUTS.correct] });
  builder.output(STEP_OUTPUTS.loss, []);
  builder.output(STEP_OUTPUTS.correct, [], "int64");
  const reports = Object.entries(form.report).map(([key, value]) => {
    const output = builder.fresh(`report/${key}`);
    builder.add("Identity", [value], {}, { outputs: [output] });
    return [key, builder.output(output, [])] as const;
  });
  return {
    graph: builder.build(),
    stop: [...form.stop, ...teachers],
    reports: Object.fromEntries(reports),
  };
}

/** The share of the training that is done before this step; it stays below 1. */
function addProgress(v: Formula, name: string, steps: number): void {
  const step = v.builder.input(STATE.step, [1], "int64");
  v.scoped(name);
  const done = v.apply("Squeeze", [v.cast(step, "float32"), v.integers(0)]);
  const inputs = [v.min(done, steps - 1), v.number(steps)];
  v.builder.add("Div", inputs, {}, { outputs: [name] });
}

/** @returns what is added up, float32 [] each; and the teachers' logits, which pass no gradient */
function lossTerms(
  v: Formula,
  { classifiers, penalties }: WholeForm,
  of: (logits: string) => LossInputs,
): { readonly terms: readonly string[]; readonly teachers: readonly string[] } {
  const terms: string[] = [];
  const teachers: string[] = [];
  for (const { logits, weight, teacher } of classifiers) {
    if (weight > 0) {
      const entropy = crossEntropy(v, of(logits));
      terms.push(weight === 1 ? entropy : v.mul(entropy, weight));
    }
    if (teacher === undefined || teacher.weight === 0) continue;
    // A teacher may be a classifier that is trained itself: only this reading of it is stopped.
    const held = v.scoped("distillation").apply("Identity", [teacher.logits]);
    teachers.push(held);
    terms.push(distillation(v, logits, { ...teacher, logits: held }));
  }
  return { terms: [...terms, ...penalties], teachers };
}
