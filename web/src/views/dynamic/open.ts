/** A dynamic network made ready to run: read, its costs counted, its masked form open in the worker. */
import { UserError } from "../../../../src/base/errors.ts";
import { EXIT } from "../../../../src/dynamic/deploy/exits.ts";
import { type Seen, seenOf, seenOutputs } from "../../../../src/dynamic/evaluation/seen.ts";
import { masked, withOutputs } from "../../../../src/dynamic/masked.ts";
import { type PartCost, partCosts } from "../../../../src/dynamic/parts.ts";
import { type DynamicNetwork, dynamicNetwork, isDynamic } from "../../../../src/dynamic/plan.ts";
import type { Graph } from "../../../../src/graph/types.ts";
import { readOnnx } from "../../../../src/onnx/read.ts";
import { openInWorker } from "./engine/index.ts";
import { type InputShape, inputShape, type Pixels, tensorOf } from "./input.ts";

export interface Opened {
  readonly title: string;
  readonly network: DynamicNetwork;
  readonly parts: readonly PartCost[];
  readonly input: InputShape;
  readonly warnings: readonly string[];
  /** Runs all of the network on an image; `ms` of the run alone. */
  readonly look: (pixels: Pixels) => Promise<{ readonly seen: Seen; readonly ms: number }>;
  readonly close: () => Promise<void>;
}

/** As `tidemark dynamic export` writes networks that have exits. */
export const isDeployed = ({ outputs }: Graph): boolean =>
  outputs.length > 1 && outputs.some(({ name, dtype }) => name === EXIT && dtype === "int64");

/**
 * Whether images that come along are such as the network reads and tells apart.
 *
 * @param size elements of an image
 */
export function fitsSamples(
  { input, network }: Pick<Opened, "input" | "network">,
  size: number | undefined,
  classes: number,
): boolean {
  const { channels, height, width } = input;
  const own = network.graph.outputs[0]?.shape?.at(-1);
  return size === channels * height * width && own === classes;
}

/** @throws UserError where the file is no ONNX file, not dynamic, or does not read images */
export async function openNetwork(bytes: Uint8Array, title: string): Promise<Opened> {
  const { graph, warnings } = readOnnx(bytes, { name: title });
  if (!isDynamic(graph) && isDeployed(graph))
    throw new UserError(
      `${title} is a deployed network: it answers and names the exit it took, but no longer holds what this view shows`,
      {
        hint: "open the calibrated file that was given to `tidemark dynamic export`: it has the exits' thresholds and all classifiers, of which the deployed one runs no more than it needs. ONNX Runtime runs this file as it is, and Design draws its branches",
      },
    );
  if (!isDynamic(graph))
    throw new UserError(
      `${title} computes the same for every input: it carries no plan of what may be left out`,
      {
        hint: `make it dynamic first: tidemark dynamic convert ${title} -m multires -m exits -o dynamic.onnx, then \`tidemark dynamic train\` and \`calibrate\`; a file that \`export\` wrote has lost its plan: open the one it was made from`,
      },
    );
  const network = dynamicNetwork(graph, title);
  const input = inputShape(graph);
  const parts = partCosts(network);
  const whole = masked(network);
  const name = whole.graph.inputs[0]!.name;
  const session = await openInWorker(withOutputs(whole.graph, seenOutputs(whole)));
  return {
    title,
    network,
    parts,
    input,
    warnings,
    look: async (pixels) => {
      const { outputs, ms } = await session.run({ [name]: tensorOf(pixels, input) });
      return { seen: seenOf(network, whole, outputs, 0), ms };
    },
    close: () => session.release(),
  };
}
