/** The page's side of the worker: calls as promises, answered in the order they were asked. */
import type { Answer, Call, Calls } from "./protocol.ts";

export interface Client {
  call<K extends keyof Calls>(kind: K, ask: Calls[K]["ask"]): Promise<Calls[K]["answer"]>;
}

let client: Client | undefined;

/** One worker for the life of the page; it is started when first needed. */
export function workerClient(): Client {
  client ??= started();
  return client;
}

function started(): Client {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<
    number,
    { readonly done: (answer: never) => void; readonly fail: (error: unknown) => void }
  >();
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) call?.fail(data.error);
    else call?.done(data.answer as never);
  };
  worker.onerror = (event) => {
    const error = { message: `the worker of this view failed: ${event.message}` };
    for (const call of waiting.values()) call.fail(error);
    waiting.clear();
  };
  let next = 0;
  return {
    call: (kind, ask) =>
      new Promise((done, fail) => {
        const id = next++;
        waiting.set(id, { done, fail });
        worker.postMessage({ id, kind, ask } satisfies Call);
      }),
  };
}
