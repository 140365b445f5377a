/** The web app's server as one function of a request: tested without a socket. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { UserError } from "../base/errors.ts";
import { devices } from "./routes/devices.ts";
import { events } from "./routes/events.ts";
import { studies } from "./routes/studies.ts";
import { webFiles } from "./routes/web-files.ts";
import { type Access, guard, HEADERS } from "./security.ts";
import type { StoreWatch } from "./store-watch.ts";

export interface ServerOptions {
  readonly watch: StoreWatch;
  readonly access: Access;
  /** Folder of the built web app. */
  readonly web: string;
}

/** Bytes of a request's body at most: a study file is some kilobytes. */
const MAX_BODY = 1 << 20;

export type Env = { Variables: { readonly watch: StoreWatch } };

export function createApp({ watch, access, web }: ServerOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  app.use(guard(access));
  app.use(
    bodyLimit({
      maxSize: MAX_BODY,
      onError: (c) => c.json({ message: `a body of more than ${MAX_BODY} bytes` }, 413),
    }),
  );
  app.use("/api/*", async (c, next) => {
    c.set("watch", watch);
    await next();
    c.header("cache-control", "no-store");
  });
  app.route("/api/studies", studies);
  app.route("/api/devices", devices);
  app.route("/api/events", events);
  app.all("/api/*", (c) => c.json({ message: `there is no ${c.req.path}` }, 404));
  app.get("*", webFiles(web));
  app.onError((error, c) => {
    if (error instanceof UserError)
      return c.json({ message: error.message, hint: error.hint }, statusOf(error));
    // Its message may hold paths of this machine.
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return c.json({ message: "the server failed; its terminal says why" }, 500);
  });
  return app;
}

/** What names nothing is not found; anything else is the store's state. */
function statusOf(error: UserError): 404 | 409 {
  return /^no (study|store|trial)/.test(error.message) ? 404 : 409;
}
