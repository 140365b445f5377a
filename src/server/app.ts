/** The web app's server as one function of a request: tested without a socket. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { UserError } from "../base/errors.ts";
import { statusOf } from "./api-error.ts";
import { Launcher } from "./launcher.ts";
import { control } from "./routes/control.ts";
import { devices } from "./routes/devices.ts";
import { events } from "./routes/events.ts";
import { openapi } from "./routes/openapi.ts";
import { studies } from "./routes/studies.ts";
import { webFiles } from "./routes/web-files.ts";
import { type Access, guard, HEADERS } from "./security.ts";
import type { StoreWatch } from "./store-watch.ts";
import { TrialNetworks } from "./trial-network.ts";

export interface ServerOptions {
  readonly watch: StoreWatch;
  readonly access: Access;
  /** Folder of the built web app. */
  readonly web: string;
  /** How `tidemark` is run to start and resume studies; default: the one beside this module. */
  readonly command?: readonly string[];
}

/** Bytes of a request's body at most: a study file is some kilobytes. */
const MAX_BODY = 1 << 20;

export interface Served {
  readonly watch: StoreWatch;
  readonly launcher: Launcher;
  readonly networks: TrialNetworks;
  readonly readOnly: boolean;
}

export type Env = { Variables: { readonly served: Served } };

export function createApp({ watch, access, web, command }: ServerOptions): Hono<Env> {
  const served: Served = {
    watch,
    launcher: new Launcher(watch, command),
    networks: new TrialNetworks(),
    readOnly: access.readOnly ?? false,
  };
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
    c.set("served", served);
    await next();
    c.header("cache-control", "no-store");
  });
  app.route("/api/openapi.json", openapi);
  app.route("/api/studies", studies);
  app.route("/api/studies", control);
  app.route("/api/devices", devices);
  app.route("/api/events", events);
  app.all("/api/*", (c) => c.json({ message: `there is no ${c.req.method} ${c.req.path}` }, 404));
  app.get("*", webFiles(web));
  app.all("*", (c) => c.json({ message: `there is no ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => {
    if (error instanceof UserError)
      return c.json({ message: error.message, hint: error.hint }, statusOf(error));
    // Its message may hold paths of this machine.
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return c.json({ message: "the server failed; its terminal says why" }, 500);
  });
  return app;
}
