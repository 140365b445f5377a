/** A network and a data set brought together, or why they cannot be. */
import { UserError } from "../../base/errors.ts";
import type { Dim, Graph } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { type Dataset, shapeText } from "../data/index.ts";
import { logitsOf } from "./classifier.ts";

/** What a network must fit. */
export interface SampleForm extends Pick<Dataset, "name" | "classes"> {
  readonly train: Pick<Dataset["train"], "shape">;
}

/** The free batch of the network while it is trained. */
const BATCH = "batch";

/**
 * The network with a free batch and the sample's shape as its input's.
 *
 * @throws UserError where its input or its logits are not what the data needs, naming both
 */
export function fitNetwork(network: Graph, dataset: SampleForm): Graph {
  const { shape } = dataset.train;
  const [input, ...others] = network.inputs;
  if (input === undefined || others.length > 0)
    throw new UserError(
      `${network.name} has ${network.inputs.length} inputs (${network.inputs.map((v) => v.name).join(", ")}), expected one`,
      { hint: "only classifiers of one input can be trained", exitCode: 2 },
    );
  const own = input.shape?.slice(1);
  const fits =
    own !== undefined &&
    own.length === shape.length &&
    own.every((dim, i) => typeof dim !== "number" || dim === shape[i]);
  if (!fits)
    throw new UserError(
      `${network.name} takes ${input.name} of [${input.shape?.join(", ") ?? "?"}], samples of ${dataset.name} are ${shapeText(shape)}`,
      { hint: remedy(own, shape), exitCode: 2 },
    );
  const fitted: Graph = {
    ...network,
    inputs: [{ ...input, shape: [BATCH, ...shape] }],
    outputs: network.outputs.map((output) => ({ ...output, shape: undefined })),
    declared: new Map(),
  };
  const logits = logitsOf(fitted);
  const type = inferGraph(fitted, {}).types.get(logits);
  const classes = type?.shape?.at(-1);
  if (type?.shape === undefined) throw unknownShape(fitted, logits);
  if (
    type.shape.length !== 2 ||
    (typeof classes === "number" && classes !== dataset.classes.length)
  )
    throw new UserError(
      `${network.name} gives ${logits} of [${type.shape.join(", ")}], ${dataset.name} has ${dataset.classes.length} classes`,
      {
        hint: `give the network ${dataset.classes.length} outputs, one row of logits a sample`,
        exitCode: 2,
      },
    );
  return fitted;
}

/** Names the first operator whose result has no known shape. */
function unknownShape(network: Graph, logits: string): UserError {
  const { types } = inferGraph(network, {});
  const first = network.nodes.find(({ outputs }) =>
    outputs.some((name) => name !== "" && types.get(name)?.shape === undefined),
  );
  const where = first === undefined ? "" : `, since that of ${first.name} (${first.op}) is not`;
  return new UserError(`${network.name}: the shape of its output ${logits} is not known${where}`, {
    hint: "a classifier's logits are [batch, classes]; export the model without that operator",
    exitCode: 2,
  });
}

function remedy(own: readonly Dim[] | undefined, shape: readonly number[]): string {
  const [channels, height, width] = own ?? [];
  if (own?.length === 1 && shape.length === 1)
    return `give the network ${shape[0]} features, or the data ${own[0]}`;
  if (own?.length !== 3 || shape.length !== 3) return "choose a network for samples of that shape";
  const hints: string[] = [];
  if (typeof channels === "number" && channels !== shape[0])
    hints.push(
      channels === 1 || channels === 3
        ? `--channels ${channels}`
        : `a network with ${shape[0]} input channels`,
    );
  if (
    (typeof height === "number" && height !== shape[1]) ||
    (typeof width === "number" && width !== shape[2])
  )
    hints.push(`--size ${height}x${width} (folders of images)`);
  return `bring them together, e.g. ${hints.join(" and ")}, or export the model for that shape`;
}
