/** What a form trains must be weights of the network: that is where they are kept. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Tensor } from "../../graph/types.ts";
import type { WholeForm } from "./whole-form.ts";

/**
 * @param names initializers of the form's graph that a step changes
 * @throws UserError for the first that the network has none of, or another type or shape of, with
 *   how many more there are
 */
export function checkWeights({ network, graph }: WholeForm, names: readonly string[]): void {
  const wrong = names.filter((name) => {
    const kept = network.initializers.get(name);
    return kept === undefined || typeText(kept) !== typeText(graph.initializers.get(name)!);
  });
  const [name] = wrong;
  if (name === undefined) return;
  const own = graph.initializers.get(name)!;
  const kept = network.initializers.get(name);
  const reader = graph.nodes.find((node) => node.inputs.includes(name))!;
  const more = wrong.length > 1 ? `; ${wrong.length - 1} more weights do not match` : "";
  throw new UserError(
    `${graph.name}, the form of ${network.name}: ${reader.name} (${reader.op}) trains ${name}, ${typeText(own)}; ${kept === undefined ? "the network has no initializer of that name" : `the network's is ${typeText(kept)}`}${more}`,
    { hint: remedy(name, kept, network.initializers.keys()) },
  );
}

const typeText = ({ dtype, dims }: Tensor) => `${dtype} [${dims.join(", ")}]`;

function remedy(name: string, kept: Tensor | undefined, names: Iterable<string>): string {
  if (kept !== undefined) return "make the form of this network, from its own initializers";
  const meant = suggest(name, names);
  const own = meant === undefined ? "name it as the network does." : `did you mean ${meant}?`;
  return `${own} A weight that is to stay as it is goes into stop`;
}
