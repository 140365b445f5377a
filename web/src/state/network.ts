/**
 * The network that Design and GPU show: of the zoo, of a file dropped on the page (read here, sent
 * nowhere), or of a study's trial. The address names the first and the last, `?network=zoo:resnet50` or
 * `?network=study:3:17`; a file lasts as long as the page.
 */
import { signal } from "@preact/signals";
import { UserError } from "../../../src/base/errors.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { readOnnx } from "../../../src/onnx/read.ts";
import type { ApiError } from "../../../src/server/api/types.ts";
import { unknownModel, zooNetwork } from "../../../src/zoo/reference.ts";
import { source } from "../api/source.ts";
import { numberOf, route, setQuery } from "../router.ts";
import { bytesOf } from "./file-bytes.ts";
import { errorOf } from "./live.ts";

export interface OpenNetwork {
  /** What it is opened by: `zoo:resnet50`, `study:3:17`, `file:model.onnx`. */
  readonly reference: string;
  readonly title: string;
  readonly graph: Graph;
  /** What was odd in the file or left out, one sentence each. */
  readonly warnings: readonly string[];
}

export const network = signal<OpenNetwork | undefined>(undefined);
export const opening = signal(false);
export const failure = signal<ApiError | undefined>(undefined);

/** Reads an ONNX file in the page, gzipped or not. */
export const openFile = (file: File): Promise<void> =>
  opened(async () => {
    const bytes = await bytesOf(file);
    const { graph, warnings } = readOnnx(bytes, { name: file.name });
    return { reference: `file:${file.name}`, title: file.name, graph, warnings };
  });

export const openReference = (reference: string): Promise<void> =>
  opened(() => readReference(reference));

/** What the address names: read, unless it is open; then nothing else that is being read is wanted. */
export function follow(reference: string): void {
  if (reference !== network.peek()?.reference) void openReference(reference);
  else {
    turn++;
    opening.value = false;
    failure.value = undefined;
  }
}

export const isLasting = ({ reference }: OpenNetwork) => !reference.startsWith("file:");

/** @param reference `zoo:resnet50:width=0.5`, `study:3:17` (study, trial), or a name of the zoo */
export async function readReference(reference: string): Promise<OpenNetwork> {
  const [kind, ...rest] = reference.split(":");
  if (kind === "study") {
    const [study, trial] = rest.map(numberOf);
    if (study === undefined || trial === undefined || rest.length > 2)
      throw new UserError(`'${reference}' names no trial of a study`, {
        hint: "write study:3:17 for trial 17 of study 3",
      });
    const bytes = await source.trialNetwork(study, trial);
    const title = `study ${study}, trial ${trial}`;
    const { graph, warnings } = readOnnx(bytes, { name: title });
    return { reference, title, graph, warnings };
  }
  const name = kind === "zoo" ? rest.join(":") : reference;
  const graph = zooNetwork(name);
  if (graph === undefined) throw unknownModel(name);
  return { reference, title: name, graph, warnings: [] };
}

let turn = 0;

/** The last that was asked for is shown, whichever is ready first. */
async function opened(read: () => Promise<OpenNetwork>): Promise<void> {
  const own = ++turn;
  const [view] = route.peek().path;
  opening.value = true;
  failure.value = undefined;
  try {
    const result = await read();
    if (own !== turn) return;
    network.value = result;
    // The address of a view that was gone to meanwhile is not this one's.
    if (route.peek().path[0] === view)
      setQuery({ network: isLasting(result) ? result.reference : undefined });
  } catch (error) {
    if (own === turn) failure.value = errorOf(error);
  } finally {
    if (own === turn) opening.value = false;
  }
}
