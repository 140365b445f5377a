/**
 * What is differentiated in place of the network: the same weights in a graph for training, with
 * gates that are soft, several classifiers, budgets. The network is what is kept.
 */
import { renameValues } from "../../graph/edit.ts";
import type { Dim, Graph } from "../../graph/types.ts";

/** Knowledge distillation (Hinton, Vinyals and Dean 2015). */
export interface Teacher {
  /** A value of the form's graph, float32 [batch, classes]; it passes no gradient. */
  readonly logits: string;
  /**
   * Of `temperature`^2 times the divergence KL(teacher || classifier) of the softened distributions,
   * which is added to the loss; the square keeps gradients of one size at any temperature.
   */
  readonly weight: number;
  /** What both logits are divided by before their softmax. */
  readonly temperature: number;
}

export interface Classifier {
  /** A value of the form's graph, float32 [batch, classes], before any softmax. */
  readonly logits: string;
  /** Of its cross-entropy in the loss; 0 leaves it out. */
  readonly weight: number;
  readonly teacher?: Teacher;
}

export interface NoiseInput {
  /** Input of the form's graph, float32. */
  readonly name: string;
  /** The first dimension is the batch; the others are numbers. */
  readonly shape: readonly Dim[];
}

export interface TrainingForm {
  /**
   * Inputs: the network's image input by its name, then `progress` and `noise` where named below.
   * What is trained has the name and the dimensions of an initializer of the network, as have the
   * running statistics of BatchNormalization; only what the form is not trained in (a teacher, a
   * value in `stop`) may have weights of its own. A BatchNormalization of which the network has
   * neither scale nor statistics stays in inference form.
   */
  readonly graph: Graph;
  /**
   * Their cross-entropies are added up by weight. Samples that a step counts as `correct` are those
   * of the last one. Default: the graph's first output, with weight 1.
   */
  readonly classifiers?: readonly Classifier[];
  /** Values float32 [] that are added to the loss as they are, e.g. of a budget. */
  readonly penalties?: readonly string[];
  /**
   * Input float32 [] that is given the share of the training that is done, step / steps, in [0, 1).
   * The step's own graph computes it.
   */
  readonly progress?: string;
  /**
   * Inputs that are fed noise, uniform in (0, 1) and new for each step: a function of seed and step
   * alone, so that neither a resume nor the number of threads changes it.
   */
  readonly noise?: readonly NoiseInput[];
  /** Values that pass no gradient. */
  readonly stop?: readonly string[];
  /** Further values float32 [] to report of each step, by what they are called. */
  readonly report?: Readonly<Record<string, string>>;
}

/** The form with other names for values; the keys of `report` stay. */
export function renameForm(form: TrainingForm, names: ReadonlyMap<string, string>): TrainingForm {
  const to = (name: string) => names.get(name) ?? name;
  const { graph, classifiers, penalties, progress, noise, stop, report } = form;
  return {
    graph: renameValues(graph, names),
    ...(classifiers && {
      classifiers: classifiers.map(({ teacher, ...each }) => ({
        ...each,
        logits: to(each.logits),
        ...(teacher && { teacher: { ...teacher, logits: to(teacher.logits) } }),
      })),
    }),
    ...(penalties && { penalties: penalties.map(to) }),
    ...(progress !== undefined && { progress: to(progress) }),
    ...(noise && { noise: noise.map((each) => ({ ...each, name: to(each.name) })) }),
    ...(stop && { stop: stop.map(to) }),
    ...(report && {
      report: Object.fromEntries(Object.entries(report).map(([key, value]) => [key, to(value)])),
    }),
  };
}
