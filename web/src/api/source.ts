/**
 * Where the page's studies come from: a server, or files beside an exported page. Views know nothing
 * else of either.
 */
import type { Device } from "../../../src/gpu/device.ts";
import type { TrialPage } from "../../../src/server/api/columns.ts";
import type { Started, StoreEvent, StudyDetail, StudyList } from "../../../src/server/api/types.ts";
import { files } from "./files-source.ts";
import { server } from "./server-source.ts";

export { RequestError } from "./request.ts";

export interface Source {
  studies(): Promise<StudyList>;
  study(id: number): Promise<StudyDetail>;
  /** Trials from `from` on. */
  trials(id: number, from: number): Promise<TrialPage>;
  /** The network of a trial as ONNX; its large weights are left out. */
  trialNetwork(id: number, trial: number): Promise<Uint8Array>;
  devices(): Promise<readonly Device[]>;
  /** Starts a study. @param text a study file, YAML or JSON */
  start(text: string): Promise<Started>;
  /** Tells a study's process to stop at the end of its batch. */
  stop(id: number): Promise<void>;
  /** @param evaluations designs in all, where not what the study says */
  resume(id: number, evaluations?: number): Promise<Started>;
  /** Sets a study's note. */
  annotate(id: number, note: string): Promise<void>;
  /** Calls back until it is told to stop; an exported page never does. */
  listen(onEvent: (event: StoreEvent) => void, onConnection: (up: boolean) => void): () => void;
}

/** `tidemark serve --export` leaves this in the page that it writes. */
const exported = document.querySelector('meta[name="tidemark-source"][content="files"]') !== null;

export const source: Source = exported ? files : server;
