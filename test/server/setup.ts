/** A store with a study, and the server's app over it without a socket. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hono } from "hono";
import type { z } from "zod";
import { createApp, type Env } from "../../src/server/app.ts";
import type { Access } from "../../src/server/security.ts";
import { StoreWatch } from "../../src/server/store-watch.ts";
import { DEFAULT_STUDY, resolveSpec, runStudy } from "../../src/study/index.ts";

export const ORIGIN = "http://127.0.0.1:4747";
const HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

export interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Served {
  readonly app: Hono<Env>;
  readonly watch: StoreWatch;
  /** As a page of the server's own asks. */
  readonly ask: (path: string, init?: Asked) => Promise<Response>;
  /** The body of a 2xx answer, checked by its schema; anything else throws what was said. */
  readonly json: <S extends z.ZodType>(
    schema: S,
    path: string,
    init?: Asked,
  ) => Promise<z.infer<S>>;
}

export function served(
  folder: string,
  store: string,
  access: Partial<Access> = {},
  command?: readonly string[],
): Served {
  const web = join(folder, "web");
  mkdirSync(join(web, "assets"), { recursive: true });
  writeFileSync(join(web, "index.html"), "<!doctype html><title>Tidemark</title>");
  writeFileSync(join(web, "assets", "main-1.js"), "export {};");
  const watch = new StoreWatch(store);
  const app = createApp({
    watch,
    web,
    access: { hosts: HOSTS, ...access },
    ...(command && { command }),
  });
  const ask: Served["ask"] = async (path, init = {}) =>
    await app.request(`${ORIGIN}${path}`, {
      ...init,
      headers: { host: "127.0.0.1:4747", origin: ORIGIN, ...init.headers },
    });
  return {
    app,
    watch,
    ask,
    json: async (schema, path, init) => {
      const response = await ask(path, init);
      const body: unknown = await response.json();
      if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
      return schema.parse(body);
    },
  };
}

export const sent = (body: unknown, method = "POST"): Asked => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

/** A study of 60 random NAS-Bench-201 cells. */
export async function fill(store: string, name = "cells", evaluations = 60): Promise<number> {
  const spec = resolveSpec({
    ...DEFAULT_STUDY,
    name,
    search: { algorithm: "random" },
    budget: { evaluations },
  });
  return (await runStudy(spec, { store, workers: 0 })).id;
}

/** A study file that needs no tables. @param minutes it goes on for */
export const slowStudy = (name: string, minutes: number) => `
name: ${JSON.stringify(name)}
space:
  kind: zoo
  network: resnet-cifar
  vary: { width: { type: real, low: 0.25, high: 2 } }
objectives:
  - { name: params, goal: minimize }
  - { name: macs, goal: maximize }
search: random
budget: { evaluations: 1000000, minutes: ${minutes} }
batch: 4
workers: 0
`;
