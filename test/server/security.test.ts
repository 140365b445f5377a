import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hostNames, isLoopback } from "../../src/server/hosts.ts";
import { startServer } from "../../src/server/index.ts";
import { temporaryFolder } from "../study/helpers.ts";
import { type Asked, fill, ORIGIN, sent, served } from "./setup.ts";

const folder = temporaryFolder();
const store = join(folder, "studies.db");
await fill(store, "cells", 10);
const { app, ask } = served(folder, store);

const get = async (headers: Record<string, string>, path = "/api/studies") =>
  (await app.request(`http://127.0.0.1:4747${path}`, { headers })).status;
const post = async (headers: Record<string, string>, path = "/api/studies/1", method = "PATCH") =>
  (
    await app.request(`http://127.0.0.1:4747${path}`, {
      method,
      body: JSON.stringify({ note: "x" }),
      headers: { "content-type": "application/json", ...headers },
    })
  ).status;

describe("Host", () => {
  it("is a name of this server, by any port: tunnels have their own", async () => {
    for (const host of ["127.0.0.1:4747", "localhost:8080", "LOCALHOST", "[::1]:4747"])
      expect(await get({ host })).toBe(200);
  });
  it("is no other name, which a foreign page may have made resolve here", async () => {
    for (const host of ["evil.example", "evil.example:4747", "127.0.0.1.evil.example:4747", ""])
      expect(await get({ host })).toBe(403);
    expect(await get({ host: "evil.example" }, "/")).toBe(403);
  });
});

describe("Origin", () => {
  it("is the server's own, or absent where nothing is written", async () => {
    expect(await get({ host: "127.0.0.1:4747" })).toBe(200);
    expect(await get({ host: "127.0.0.1:4747", origin: ORIGIN })).toBe(200);
    for (const origin of ["http://evil.example", "http://127.0.0.1:8000", "null"])
      expect(await get({ host: "127.0.0.1:4747", origin })).toBe(403);
  });
  it("must be there to write, or Sec-Fetch-Site must say the same", async () => {
    const host = "127.0.0.1:4747";
    expect(await post({ host })).toBe(403);
    expect(await post({ host, origin: "http://evil.example" })).toBe(403);
    expect(await post({ host, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await post({ host, "sec-fetch-site": "same-site" })).toBe(403);
    expect(await post({ host, "sec-fetch-site": "none" })).toBe(403);
    expect(await post({ host, origin: ORIGIN })).toBe(200);
    expect(await post({ host, "sec-fetch-site": "same-origin" })).toBe(200);
    for (const [path, method] of [
      ["/api/studies", "POST"],
      ["/api/studies/1/stop", "POST"],
      ["/api/studies/1/resume", "POST"],
    ] as const)
      expect(await post({ host }, path, method)).toBe(403);
  });
});

describe("a body", () => {
  it("is JSON and of the right form", async () => {
    const wrong = async (init: Asked, path = "/api/studies/1") => {
      const response = await ask(path, init);
      return [response.status, (await response.json()) as { message: string }] as const;
    };
    const form = { method: "PATCH", body: "note=x" };
    expect((await wrong({ ...form, headers: { "content-type": "text/plain" } }))[0]).toBe(415);
    const bad = { method: "PATCH", body: "{", headers: { "content-type": "application/json" } };
    expect((await wrong(bad))[0]).toBe(400);
    expect((await wrong(sent({ note: 3 }, "PATCH")))[0]).toBe(400);
    expect((await wrong(sent({ note: "x", more: 1 }, "PATCH")))[0]).toBe(400);
    expect((await wrong(sent({ note: "x".repeat(70_000) }, "PATCH")))[0]).toBe(400);
    expect((await wrong(sent({ note: "x".repeat(2 << 20) }, "PATCH")))[0]).toBe(413);
  });
});

describe("answers", () => {
  it("carry a strict content security policy and forbid guessing types and framing", async () => {
    for (const path of ["/", "/api/studies", "/api/nothing", "/assets/main-1.js"]) {
      const { headers } = await ask(path);
      const policy = headers.get("content-security-policy")!;
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval'(;|$)/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe-inline|'unsafe-eval'/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
  it("are never a file beside the app", async () => {
    writeFileSync(join(folder, "secret.txt"), "secret");
    for (const path of [
      "/../secret.txt",
      "/assets/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%5c..%5csecret.txt",
      "/secret.txt",
      "//etc/passwd",
      "/assets",
      "/assets/main-1.js%00",
    ]) {
      const response = await ask(path);
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect((await ask("/assets/main-1.js")).status).toBe(200);
  });
});

describe("read-only", () => {
  it("refuses to write and says so in the list", async () => {
    const own = served(folder, store, { readOnly: true });
    expect((await own.ask("/api/studies/1", sent({ note: "x" }, "PATCH"))).status).toBe(403);
    const list = (await (await own.ask("/api/studies")).json()) as { writable: boolean };
    expect(list.writable).toBe(false);
  });
});

describe("a token", () => {
  const token = "a-token";
  const own = served(folder, store, { token, hosts: new Set(["box.example"]) });
  const at = (path: string, headers: Record<string, string> = {}) =>
    own.app.request(`http://box.example:4747${path}`, {
      headers: { host: "box.example:4747", ...headers },
    });
  it("is asked for on every path", async () => {
    for (const path of ["/", "/api/studies", "/api/events", "/assets/main-1.js"])
      expect((await at(path)).status).toBe(401);
    for (const wrong of ["", "a-toke", "a-token2", "b-token"])
      expect((await at(`/api/studies?token=${wrong}`)).status).toBe(401);
  });
  it("comes by the address once, and is a cookie from then on that no script and no other site has", async () => {
    const first = await at(`/?token=${token}`);
    expect(first.status).toBe(302);
    expect(first.headers.get("location")).toBe("/");
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const [pair] = cookie.split(";");
    expect((await at("/api/studies", { cookie: pair! })).status).toBe(200);
    expect((await at("/api/studies", { authorization: `Bearer ${token}` })).status).toBe(200);
  });
});

describe("names to listen on", () => {
  it("are loopback, or a token is needed", () => {
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      expect(isLoopback(host)).toBe(true);
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "box", "127.0.0.1.evil.example"])
      expect(isLoopback(host)).toBe(false);
  });
  it("are all of the machine's where it listens everywhere, and only the one named otherwise", () => {
    expect(hostNames("0.0.0.0")).toContain(hostname().toLowerCase());
    expect(hostNames("0.0.0.0")).not.toContain("evil.example");
    expect([...hostNames("Box.Example")].sort()).toEqual(
      ["127.0.0.1", "[::1]", "box.example", "localhost"].sort(),
    );
    expect(hostNames("fe80::1")).toContain("[fe80::1]");
  });
});

describe("over a socket", async () => {
  const server = await startServer({ store, port: 0, web: join(folder, "web") });
  const open = await startServer({ store, host: "0.0.0.0", port: 0, web: join(folder, "web") });
  afterAll(async () => {
    await server.close();
    await open.close();
  });
  const status = (url: URL, path: string, headers: Record<string, string> = {}) =>
    new Promise<number>((done, fail) => {
      request({ host: "127.0.0.1", port: url.port, path, headers }, (response) => {
        response.resume();
        done(response.statusCode!);
      })
        .on("error", fail)
        .end();
    });
  it("answers on loopback without a token, and no other name", async () => {
    const url = new URL(server.url);
    expect(url.hostname).toBe("127.0.0.1");
    expect(await status(url, "/api/studies")).toBe(200);
    expect(await status(url, "/api/studies", { host: "evil.example" })).toBe(403);
    // Node's client would tidy these paths up; here they go out as they are.
    expect(await status(url, "/../secret.txt")).toBe(404);
    expect(await status(url, "/assets/%2e%2e/%2e%2e/secret.txt")).toBe(404);
  });
  it("asks for the token where it listens everywhere", async () => {
    const url = new URL(open.url);
    const token = url.searchParams.get("token")!;
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(await status(url, "/api/studies")).toBe(401);
    expect(await status(url, `/api/studies?token=${token}`)).toBe(200);
    expect(await status(url, `/api/studies?token=${token}`, { host: "evil.example" })).toBe(403);
    expect(await status(url, `/api/studies?token=${token}`, { host: hostname() })).toBe(200);
  });
});
