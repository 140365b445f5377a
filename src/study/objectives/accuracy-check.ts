/** Whether designs can be trained and scored at all, found out before the first of them is. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { builtModule, childTask } from "../../runtime/child/index.ts";
import type { FormMaker } from "../../runtime/training/form-maker.ts";
import { withOwnStatistics } from "../../runtime/training/network.ts";
import { trainingStep } from "../../runtime/training/step.ts";
import { fitNetwork } from "../../runtime/training/trainer-network.ts";
import { type RecipeOptions, trainingOptions } from "../../runtime/training/trainer-recipe.ts";
import type { Design } from "../../search/types.ts";
import type { BuiltSpace } from "../kinds.ts";
import { inChild, type Outcome } from "./accuracy-children.ts";
import type { DataReference } from "./accuracy-data.ts";
import { aboutObjective } from "./accuracy-reading.ts";
import { channelsOf } from "./accuracy-reference.ts";
import type { DataForm, FormInput } from "./accuracy-task.ts";
import { cornersOf } from "./corner-designs.ts";

const FORM = childTask<FormInput, Outcome<DataForm>>(
  builtModule(import.meta.url, "./accuracy-task.ts"),
  "dataForm",
);

export interface Checked extends Pick<DataReference, "data" | "read"> {
  /** Of the objective. */
  readonly name: string;
  /** Absent: nothing is trained. */
  readonly recipe?: RecipeOptions;
  /** Of the training; absent: networks as they are. */
  readonly maker?: FormMaker;
}

/**
 * Reads the data once and builds the training step of the space's corner designs; no weight is
 * drawn, and nothing runs.
 *
 * @throws UserError where the data cannot be read, or network, data and recipe do not fit together
 */
export async function checkDesigns(
  space: BuiltSpace,
  graphOf: (design: Design) => Graph,
  { name, data, read, recipe: options, maker }: Checked,
): Promise<void> {
  const forms = new Map<number | undefined, DataForm>();
  for (const design of cornersOf(space)) {
    const network = await aboutDesign(name, space, design, () => graphOf(design));
    const channels = channelsOf(network);
    let form = forms.get(channels);
    if (form === undefined) {
      const input = { name, data, read, channels, ...(options && { recipe: options }) };
      form = await inChild(FORM, input, { what: `${name}: reading ${data}` });
      forms.set(channels, form);
    }
    const { training } = form;
    await aboutDesign(name, space, design, () => {
      const title = `the network of ${space.space.describe(design)}`;
      const fitted = fitNetwork({ ...network, name: title }, form);
      if (training === undefined) return;
      const { recipe, perEpoch } = training;
      const own = maker === undefined ? fitted : withOwnStatistics(fitted);
      trainingStep(own, {
        ...trainingOptions(recipe, perEpoch),
        ...(maker && {
          form: maker.form(own, recipe, recipe.batch),
          steps: recipe.epochs * perEpoch,
        }),
      });
    });
  }
}

/** What is wrong with one design is wrong with the study's space, and said with the design. */
function aboutDesign<T>(
  name: string,
  { space }: BuiltSpace,
  design: Design,
  work: () => T,
): Promise<T> {
  return aboutObjective(name, async () => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const text = space.describe(design);
      const at = error.message.includes(text) ? "" : `${text}: `;
      throw new UserError(`${at}${error.message}`, {
        hint: `${error.hint === undefined ? "" : `${error.hint}; or `}take such designs out of the space`,
        exitCode: 2,
        cause: error,
      });
    }
  });
}
