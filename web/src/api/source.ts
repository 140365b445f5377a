/**
 * Where the page's studies come from: a server, or files beside an exported page. Views know nothing
 * else of either.
 */

import type { Device } from "../../../src/gpu/device.ts";
import { decodePage, type TrialPage } from "../../../src/server/api/columns.ts";
import type {
  ApiError,
  StoreEvent,
  StudyDetail,
  StudyList,
} from "../../../src/server/api/types.ts";

export interface Source {
  studies(): Promise<StudyList>;
  study(id: number): Promise<StudyDetail>;
  /** Trials from `from` on. */
  trials(id: number, from: number): Promise<TrialPage>;
  /** The network of a trial as ONNX; its weights are those of a fresh network, or left out. */
  trialNetwork(id: number, trial: number): Promise<Uint8Array>;
  devices(): Promise<readonly Device[]>;
  /** Calls back until it is told to stop; an exported page never does. */
  listen(onEvent: (event: StoreEvent) => void, onConnection: (up: boolean) => void): () => void;
}

/** What the server said is wrong; the page shows message and hint. */
export class RequestError extends Error {
  readonly hint: string | undefined;
  readonly status: number;

  constructor(error: ApiError, status: number) {
    super(error.message);
    this.name = "RequestError";
    this.hint = error.hint;
    this.status = status;
  }
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new RequestError(
      { message: "the server does not answer", hint: "see whether `tidemark serve` still runs" },
      0,
    );
  }
  if (response.ok) return response;
  const error = await response
    .json()
    .catch(() => ({ message: `the server said ${response.status}` }));
  throw new RequestError(error as ApiError, response.status);
}

const json = async <T>(path: string): Promise<T> => (await ask(path)).json() as Promise<T>;

const server: Source = {
  studies: () => json("./api/studies"),
  study: (id) => json(`./api/studies/${id}`),
  trials: async (id, from) =>
    decodePage(await (await ask(`./api/studies/${id}/trials?from=${from}`)).arrayBuffer()),
  trialNetwork: async (id, trial) =>
    new Uint8Array(await (await ask(`./api/studies/${id}/trials/${trial}/network`)).arrayBuffer()),
  devices: () => json("./api/devices"),
  listen(onEvent, onConnection) {
    const stream = new EventSource("./api/events");
    stream.onopen = () => onConnection(true);
    stream.onerror = () => onConnection(false);
    stream.onmessage = ({ data }) => onEvent(JSON.parse(data as string) as StoreEvent);
    return () => stream.close();
  },
};

export const source: Source = server;
