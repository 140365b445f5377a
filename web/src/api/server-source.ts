/** Studies from `tidemark serve`. */
import { decodePage } from "../../../src/server/api/columns.ts";
import type {
  NoteRequest,
  ResumeRequest,
  StartRequest,
  StoreEvent,
} from "../../../src/server/api/types.ts";
import { bytes, json, request } from "./request.ts";
import type { Source } from "./source.ts";

const sent = (method: string, body: object): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

export const server: Source = {
  studies: () => json("./api/studies"),
  study: (id) => json(`./api/studies/${id}`),
  trials: async (id, from) => decodePage(await bytes(`./api/studies/${id}/trials?from=${from}`)),
  trialNetwork: async (id, trial) =>
    new Uint8Array(await bytes(`./api/studies/${id}/trials/${trial}/network`)),
  devices: () => json("./api/devices"),
  start: (text) => json("./api/studies", sent("POST", { text } satisfies StartRequest)),
  stop: async (id) => void (await request(`./api/studies/${id}/stop`, { method: "POST" })),
  resume: (id, evaluations) => {
    const body: ResumeRequest = evaluations === undefined ? {} : { evaluations };
    return json(`./api/studies/${id}/resume`, sent("POST", body));
  },
  annotate: async (id, note) =>
    void (await request(`./api/studies/${id}`, sent("PATCH", { note } satisfies NoteRequest))),
  listen(onEvent, onConnection) {
    const stream = new EventSource("./api/events");
    stream.onopen = () => onConnection(true);
    stream.onerror = () => onConnection(false);
    stream.onmessage = ({ data }) => onEvent(JSON.parse(data as string) as StoreEvent);
    return () => stream.close();
  },
};
