/**
 * The network that Design and GPU show: of the zoo, of a file dropped on the page (read here, sent
 * nowhere), or of a study's trial. The address names the first and the last, `?network=zoo:resnet50` or
 * `?network=study:3:17`; a file lasts as long as the page.
 */
import { signal } from "@preact/signals";
import type { Graph } from "../../../src/graph/types.ts";
import { readOnnx } from "../../../src/onnx/read.ts";
import type { ApiError } from "../../../src/server/api/types.ts";
import { unknownModel, zooNetwork } from "../../../src/zoo/reference.ts";
import { source } from "../api/source.ts";
import { setQuery } from "../router.ts";
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

/** Reads an ONNX file in the page. */
export const openFile = (file: File): Promise<void> =>
  opened(async () => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { graph, warnings } = readOnnx(bytes, { name: file.name });
    return { reference: `file:${file.name}`, title: file.name, graph, warnings };
  });

/** @param reference `zoo:resnet50:width=0.5` or `study:3:17` (study, trial) */
export const openReference = (reference: string): Promise<void> =>
  opened(async () => {
    const [kind, ...rest] = reference.split(":");
    if (kind === "study") {
      const [study, trial] = rest.map(Number) as [number, number];
      const bytes = await source.trialNetwork(study, trial);
      const title = `study ${study}, trial ${trial}`;
      const { graph, warnings } = readOnnx(bytes, { name: title });
      return { reference, title, graph, warnings };
    }
    const name = rest.join(":");
    const graph = zooNetwork(name);
    if (graph === undefined) throw unknownModel(name);
    return { reference, title: name, graph, warnings: [] };
  });

let turn = 0;

/** The last that was asked for is shown, whichever is ready first. */
async function opened(read: () => Promise<OpenNetwork>): Promise<void> {
  const own = ++turn;
  opening.value = true;
  failure.value = undefined;
  try {
    const result = await read();
    if (own !== turn) return;
    network.value = result;
    const lasting = !result.reference.startsWith("file:");
    setQuery({ network: lasting ? result.reference : undefined });
  } catch (error) {
    if (own === turn) failure.value = errorOf(error);
  } finally {
    if (own === turn) opening.value = false;
  }
}
