/** The network of the other side, where it is another one: of the zoo or of a study. */
import { readOnnx } from "../../../../src/onnx/read.ts";
import { unknownModel, zooNetwork } from "../../../../src/zoo/reference.ts";
import { source } from "../../api/source.ts";
import type { OpenNetwork } from "../../state/network.ts";

/** @param reference `zoo:resnet50:width=0.5`, `study:3:17` (study, trial), or a name of the zoo */
export async function readNetwork(reference: string): Promise<OpenNetwork> {
  const [kind, ...rest] = reference.split(":");
  if (kind === "study") {
    const [study, trial] = rest.map(Number) as [number, number];
    const title = `study ${study}, trial ${trial}`;
    const { graph, warnings } = readOnnx(await source.trialNetwork(study, trial), { name: title });
    return { reference, title, graph, warnings };
  }
  const name = kind === "zoo" ? rest.join(":") : reference;
  const graph = zooNetwork(name);
  if (graph === undefined) throw unknownModel(name);
  return { reference, title: name, graph, warnings: [] };
}
