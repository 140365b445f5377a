/** Forms as functions of the network: a training that is taken up again makes its form anew. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { TrainingForm } from "./form.ts";
import type { Recipe } from "./trainer-recipe.ts";

/** The form of a training, as its request asks for it. */
export interface FormRequest {
  /** Which maker. */
  readonly kind: string;
  /** JSON that the maker reads and checks. */
  readonly options?: unknown;
}

/** How a network is trained and scored in place of itself. */
export interface FormHooks {
  /**
   * @param network in inference form, fitted to the data: a free batch, the samples' shape; each
   *   normalisation has running statistics of its own
   * @param batch samples in a step
   */
  readonly form?: (network: Graph, recipe: Recipe, batch: number) => TrainingForm;
  /**
   * The classifier whose scores are reported, of the network with its weights so far, e.g. with the
   * gates decided. Default: that network. What is kept is the network itself.
   */
  readonly evaluation?: (trained: Graph) => Graph;
  /**
   * Further classifiers whose accuracy is reported: values of the graph that `evaluation` gives,
   * float32 [batch, classes], by what they are called.
   */
  readonly exits?: (trained: Graph) => Readonly<Record<string, string>>;
}

export interface FormMaker extends FormHooks {
  readonly form: NonNullable<FormHooks["form"]>;
  /**
   * Differs where forms differ, e.g. the options and a version: a training is taken up again only
   * with the id that it began with.
   */
  readonly formId: string;
}

/** @throws UserError where there is no such kind, or its options are wrong */
export type FormOf = (request: FormRequest) => FormMaker;

/**
 * @param formOf absent: trainings of networks as they are
 * @throws UserError for a form that nothing here makes
 */
export function makerFor(
  request: FormRequest | undefined,
  formOf: FormOf | undefined,
): FormMaker | undefined {
  if (request === undefined) return undefined;
  if (formOf === undefined)
    throw new UserError(
      `the training has a form, ${request.kind}, and only networks as they are are trained here`,
      { hint: "go on with the command that it was begun with", exitCode: 2 },
    );
  return formOf(request);
}
