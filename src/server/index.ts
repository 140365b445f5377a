/** The web app over a study store, on this machine unless asked otherwise. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type ServerType, serve } from "@hono/node-server";
import { UserError } from "../base/errors.ts";
import { createApp } from "./app.ts";
import { bracketed, hostNames, isLoopback, nameToOpen } from "./hosts.ts";
import { StoreWatch } from "./store-watch.ts";

export interface ServeOptions {
  readonly store: string;
  /** Default 127.0.0.1. Any other address is open to others, and a token is asked for. */
  readonly host?: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Folder of the built app; the one beside this module by default. */
  readonly web?: string;
  /** Nothing can be started, stopped or annotated. */
  readonly readOnly?: boolean;
}

export interface RunningServer {
  /** What to open, with the token where one is asked for. */
  readonly url: string;
  close(): Promise<void>;
}

export const WEB = fileURLToPath(new URL("../web/", import.meta.url));

/** @throws UserError where the address is taken, or the app was not built */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { store, host = "127.0.0.1", port, web = WEB, readOnly = false } = options;
  requireApp(web);
  const token = isLoopback(host) ? undefined : randomBytes(24).toString("base64url");
  const watch = new StoreWatch(store);
  const access = { hosts: hostNames(host), readOnly, ...(token && { token }) };
  const app = createApp({ watch, access, web });
  const server = await listening(app.fetch, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${bracketed(nameToOpen(host))}:${bound}/${token === undefined ? "" : `?token=${token}`}`,
    close: () =>
      new Promise((done) => {
        watch.close();
        server.close(() => done());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** @throws UserError where the app was not built */
export function requireApp(web: string): void {
  if (existsSync(`${web}/index.html`)) return;
  throw new UserError(`the web app is not built: ${web} has no index.html`, {
    hint: "run `npm run build`",
  });
}

function listening(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
): Promise<ServerType> {
  return new Promise((done, fail) => {
    const server = serve({ fetch, hostname, port });
    server.once("listening", () => done(server));
    server.once("error", (error: NodeJS.ErrnoException) =>
      fail(
        new UserError(`cannot listen on ${hostname}:${port}: ${error.code ?? error.message}`, {
          hint:
            error.code === "EADDRINUSE" ? "choose another --port, or 0" : "choose another --host",
        }),
      ),
    );
  });
}
