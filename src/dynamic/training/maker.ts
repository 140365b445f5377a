/** Forms of dynamic networks, as a training's request asks for them. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { FormMaker, FormOf } from "../../runtime/training/form-maker.ts";
import { masked } from "../masked.ts";
import { type DynamicNetwork, dynamicNetwork } from "../plan.ts";
import { trainingForm } from "./form.ts";
import { exitsOf } from "./only.ts";

export const DYNAMIC_FORM = "dynamic";

/** Changed with the form's equations, so that a training is not continued by others. */
const VERSION = 2;

const OptionsSchema = z.strictObject({
  /** Weight of the budget loss. */
  budget: z.number().min(0).default(10),
  /** Weight of what exits learn from the last classifier. */
  distill: z.number().min(0).default(0),
  temperature: z.number().positive().default(3),
  /** Exits whose own weights alone are trained. */
  only: z.array(z.string()).min(1).optional(),
});
export type DynamicFormOptions = z.input<typeof OptionsSchema>;

export const dynamicForm: FormOf = ({ kind, options }): FormMaker => {
  if (kind !== DYNAMIC_FORM)
    throw new UserError(`the training has the form ${kind}, expected ${DYNAMIC_FORM}`, {
      hint: "go on with the command that it was begun with",
      exitCode: 2,
    });
  const parsed = OptionsSchema.safeParse(options ?? {});
  if (!parsed.success)
    throw new UserError(`options of the dynamic training: ${z.prettifyError(parsed.error)}`, {
      hint: "begin the training anew",
      exitCode: 2,
    });
  return {
    form: (network) => trainingForm(dynamicNetwork(network), parsed.data),
    evaluation: (trained) => scored(dynamicNetwork(trained), parsed.data.only),
    exits: (trained) => exitLogits(dynamicNetwork(trained), parsed.data.only),
    formId: `${DYNAMIC_FORM}/${VERSION} ${JSON.stringify(parsed.data)}`,
  };
};

/**
 * The last classifier of those that are trained, with the regions on and off as they are when it is
 * deployed.
 */
function scored(network: DynamicNetwork, only: readonly string[] | undefined): Graph {
  const { graph } = masked(network);
  const logits = only === undefined ? undefined : exitsOf(network, only).at(-1)!.logits;
  const output = graph.outputs.find(({ name }) => name === logits) ?? graph.outputs[0]!;
  return { ...graph, outputs: [output] };
}

/** Of the exits that are trained. */
function exitLogits(
  network: DynamicNetwork,
  only: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  const exits = only === undefined ? network.plan.exits : exitsOf(network, only);
  return Object.fromEntries(exits.map(({ name, logits }) => [name, logits]));
}
