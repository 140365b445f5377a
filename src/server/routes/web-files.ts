/** The built app's files, read once: what is asked for is looked up by name, and no path is made of it. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import type { Handler } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".onnx": "application/octet-stream",
};

export function webFiles(folder: string): Handler {
  const names = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [`/${relative(folder, path).split(sep).join("/")}`, path]),
  );
  const read = new Map<string, Uint8Array<ArrayBuffer>>();
  return (c) => {
    const name = c.req.path === "/" ? "/index.html" : c.req.path;
    const path = names.get(name);
    if (path === undefined) return c.json({ message: `there is no ${name}` }, 404);
    let body = read.get(path);
    if (body === undefined) {
      body = new Uint8Array(readFileSync(path));
      read.set(path, body);
    }
    // Names under assets/ carry a hash of what is in them.
    const lasting = name.startsWith("/assets/");
    return c.body(body, 200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "cache-control": lasting ? "public, max-age=31536000, immutable" : "no-cache",
    });
  };
}
