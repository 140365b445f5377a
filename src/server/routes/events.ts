/** What changes in the store, as server-sent events. */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Env } from "../app.ts";

export const events = new Hono<Env>();

/** Keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

events.get("/", (c) => {
  const { watch } = c.get("served");
  return streamSSE(c, async (stream) => {
    let last: Promise<unknown> = Promise.resolve();
    const send = (data: string, event?: string) => {
      last = last.then(() => stream.writeSSE({ data, ...(event !== undefined && { event }) }));
    };
    const stop = watch.listen((event) => send(JSON.stringify(event)));
    stream.onAbort(stop);
    while (!stream.aborted && !stream.closed) {
      await stream.sleep(HEARTBEAT_MS);
      send("", "beat");
    }
    await last;
    stop();
  });
});
