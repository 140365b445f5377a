/** A form with its defaults filled in; a network trained as it is has the simplest one. */
import { UserError } from "../../base/errors.ts";
import { isStatic } from "../../graph/dim.ts";
import type { Graph, Shape, Value } from "../../graph/types.ts";
import { nonNegative, positive } from "./check.ts";
import { logitsOf, soleInput } from "./classifier.ts";
import type { TrainingForm } from "./form.ts";

export interface WholeForm extends Required<Omit<TrainingForm, "progress">> {
  /** What is kept; its weights are trained. */
  readonly network: Graph;
  readonly image: Value & { readonly shape: Shape };
  readonly progress: string | undefined;
}

/**
 * @param form default: the network itself
 * @throws UserError for inputs that are not those of the network and the form, and weights of the
 *   loss out of range
 */
export function wholeForm(network: Graph, form?: TrainingForm): WholeForm {
  const image = soleInput(network);
  const graph = form?.graph ?? network;
  const whole: WholeForm = {
    network,
    graph,
    image,
    classifiers: form?.classifiers ?? [{ logits: logitsOf(graph), weight: 1 }],
    penalties: form?.penalties ?? [],
    progress: form?.progress,
    noise: form?.noise ?? [],
    stop: form?.stop ?? [],
    report: form?.report ?? {},
  };
  checkInputs(whole);
  checkTerms(whole);
  return whole;
}

function checkInputs({ network, graph, image, progress, noise }: WholeForm): void {
  const wanted = new Map<string, Shape>([[image.name, image.shape]]);
  if (progress !== undefined) wanted.set(progress, []);
  for (const { name, shape } of noise) {
    if (shape.length === 0 || !isStatic(shape.slice(1)))
      throw new UserError(
        `${graph.name}, the form of ${network.name}: noise ${name} is [${shape.join(", ")}], expected the batch and then numbers`,
        { hint: "give each dimension but the first a number" },
      );
    wanted.set(name, shape);
  }
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  for (const [name, shape] of wanted) {
    const input = inputs.get(name);
    // The batch has its number from the step.
    const fits = input?.shape?.length === shape.length && tail(input.shape) === tail(shape);
    if (input?.dtype === "float32" && fits) continue;
    throw new UserError(
      `${graph.name}, the form of ${network.name}: input ${name} is ${input === undefined ? "missing" : `${input.dtype} [${input.shape?.join(", ") ?? "?"}]`}, expected float32 [${shape.join(", ")}]`,
      { hint: "give the form's graph the network's input, and those named in progress and noise" },
    );
  }
  const other = graph.inputs.find((input) => !wanted.has(input.name));
  if (other !== undefined)
    throw new UserError(
      `${graph.name}, the form of ${network.name}: nothing feeds its input ${other.name}; fed are ${[...wanted.keys()].join(", ")}`,
      { hint: "name it in progress or noise, or make it a constant" },
    );
}

const tail = (shape: Shape) => shape.slice(1).join();

function checkTerms({ network, graph, classifiers, penalties }: WholeForm): void {
  for (const { logits, weight, teacher } of classifiers) {
    nonNegative(`weight of classifier ${logits}`, weight);
    if (teacher === undefined) continue;
    nonNegative(`weight of ${logits}'s teacher ${teacher.logits}`, teacher.weight);
    positive(`temperature of ${logits}'s teacher ${teacher.logits}`, teacher.temperature);
  }
  const some = classifiers.some((each) => each.weight > 0 || (each.teacher?.weight ?? 0) > 0);
  if (classifiers.length === 0 || (!some && penalties.length === 0))
    throw new UserError(
      `${graph.name}, the form of ${network.name}: ${classifiers.length} classifiers, none of a weight above 0, and no penalties: there is nothing to learn`,
      { hint: "name at least one classifier, with a weight above 0" },
    );
}
