/**
 * Who may ask. A page of another site can send requests to 127.0.0.1 from the user's own browser: its
 * `Origin` gives it away, and where it comes by a name of its own that resolves here (DNS rebinding),
 * its `Host`. Beyond loopback a token is asked for as well.
 */
import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

export interface Access {
  /** What `Host` may be, with the port: `127.0.0.1:4747`. */
  readonly hosts: ReadonlySet<string>;
  /** Absent: none is asked for. */
  readonly token?: string;
}

const COOKIE = "tidemark-token";

export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    // onnxruntime-web compiles its WebAssembly module.
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

export function guard({ hosts, token }: Access): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (!hosts.has(host)) return c.json({ message: "the Host header names another server" }, 403);
    const origin = c.req.header("origin");
    if (origin !== undefined && !hosts.has(hostOf(origin)))
      return c.json({ message: "the request comes from a page of another site" }, 403);
    if (c.req.header("sec-fetch-site") === "cross-site" && c.req.path.startsWith("/api/"))
      return c.json({ message: "the request comes from a page of another site" }, 403);
    if (token === undefined) return await next();
    const given = c.req.query("token");
    if (given !== undefined && same(given, token)) {
      setCookie(c, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/" });
      if (c.req.path === "/") return c.redirect("/");
      return await next();
    }
    const bearer = c.req.header("authorization")?.replace(/^Bearer /, "");
    if (same(getCookie(c, COOKIE) ?? bearer ?? "", token)) return await next();
    return c.json(
      { message: "a token is needed", hint: "open the address that `tidemark serve` printed" },
      401,
    );
  };
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).host;
  } catch {
    return "";
  }
}

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
