/**
 * Who may ask. A page of another site can send requests to 127.0.0.1 from the user's own browser: its
 * `Origin` gives it away, and where it comes by a name of its own that resolves here (DNS rebinding),
 * its `Host`. What writes must say that it comes from a page of this server. Beyond loopback a token is
 * asked for as well.
 */
import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

export interface Access {
  /**
   * What the name in `Host` may be, in lower case: `127.0.0.1`, `[::1]`. Any port will do: the server
   * may stand behind a tunnel, and names are what a foreign page cannot choose.
   */
  readonly hosts: ReadonlySet<string>;
  /** Absent: none is asked for. */
  readonly token?: string;
  /** Nothing can be started, stopped or annotated. */
  readonly readOnly?: boolean;
}

/** With the port behind it: cookies are shared by all servers of one name. */
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

export function guard({ hosts, token, readOnly = false }: Access): MiddlewareHandler {
  return async (c, next) => {
    const host = (c.req.header("host") ?? new URL(c.req.url).host).toLowerCase();
    if (!hosts.has(host.replace(/:\d+$/, "")))
      return c.json(
        {
          message: "the Host header names another server",
          hint: "open the address that `tidemark serve` printed",
        },
        403,
      );
    const foreign = { message: "the request comes from a page of another site" };
    const origin = c.req.header("origin");
    if (origin !== undefined && hostOf(origin) !== host) return c.json(foreign, 403);
    const site = c.req.header("sec-fetch-site");
    if (c.req.path.startsWith("/api/") && (site === "cross-site" || site === "same-site"))
      return c.json(foreign, 403);
    if (!READS.has(c.req.method)) {
      if (readOnly) return c.json({ message: "this server was started with --read-only" }, 403);
      if (origin === undefined && site !== "same-origin")
        return c.json(
          {
            message: "the request does not say which page it comes from",
            hint: `send Origin: http://${host}`,
          },
          403,
        );
    }
    if (token === undefined) return await next();
    const cookie = `${COOKIE}-${/:(\d+)$/.exec(host)?.[1] ?? "80"}`;
    const given = c.req.query("token");
    if (given !== undefined && same(given, token)) {
      setCookie(c, cookie, token, { httpOnly: true, sameSite: "Strict", path: "/" });
      // The address bar and the history do not keep it.
      if (c.req.path === "/") return c.redirect("/");
      return await next();
    }
    if (same(getCookie(c, cookie) ?? bearerOf(c) ?? "", token)) return await next();
    return c.json(
      { message: "a token is needed", hint: "open the address that `tidemark serve` printed" },
      401,
    );
  };
}

const READS = new Set(["GET", "HEAD"]);

const bearerOf = (c: Context) => c.req.header("authorization")?.replace(/^Bearer /, "");

function hostOf(origin: string): string {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return "";
  }
}

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
