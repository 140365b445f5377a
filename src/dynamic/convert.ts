/** From a trained classifier to a dynamic network that computes the same until it is trained further. */
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { classifier } from "./classifier.ts";
import { denseOperators } from "./dense.ts";
import { macsOf } from "./macs.ts";
import { MECHANISMS } from "./mechanisms/index.ts";
import { type DynamicNetwork, isDynamic } from "./plan.ts";
import type { MechanismChoice } from "./spec.ts";

/**
 * @param seed of the weights of heads, gates and branches that are added
 * @throws UserError where the network is no classifier of images, is dynamic already, or a mechanism
 *   finds nothing in it that suits
 */
export function convert(
  network: Graph,
  choices: readonly MechanismChoice[],
  seed: number,
): DynamicNetwork {
  if (choices.length === 0)
    throw new UserError("no mechanism is given", {
      hint: `choose one or more: ${MECHANISMS.map((each) => `-m ${each.name}`).join(", ")}`,
      exitCode: 2,
    });
  if (isDynamic(network))
    throw new UserError(`${network.name} is dynamic already`, {
      hint: "convert the dense network with all mechanisms at once",
      exitCode: 2,
    });
  const graph = classifier(network);
  const start: DynamicNetwork = {
    graph,
    plan: {
      version: 1,
      exits: [],
      regions: [],
      dense: denseOperators(graph),
      denseMacs: macsOf(graph),
    },
  };
  const order = ({ mechanism }: MechanismChoice) => MECHANISMS.indexOf(mechanism);
  return choices
    .toSorted((a, b) => order(a) - order(b))
    .reduce((so, { mechanism, values }) => mechanism.convert(so, values, seed), start);
}
