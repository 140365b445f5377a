/**
 * What the page shows stands in its address, behind the `#`: `#/studies/3/front?x=latency&y=accuracy`.
 * A link repeats the view, and the browser's Back undoes a step.
 */
import { signal } from "@preact/signals";
import type { Route } from "./route.ts";

export const route = signal<Route>(parseHash(location.hash));
addEventListener("hashchange", () => {
  route.value = parseHash(location.hash);
});

export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function hashOf({ path, query }: Route): string {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`;
}

/** A study or trial as addresses name them; undefined where it is no such number. */
export const numberOf = (part: string | undefined): number | undefined =>
  part !== undefined && /^\d{1,15}$/.test(part) ? Number(part) : undefined;

/** Goes there, as a link does. */
export function go(path: readonly string[], query: Route["query"] = {}): void {
  location.hash = hashOf({ path, query });
}

/**
 * Changes parts of the query in place; undefined takes one out. Small steps (a drag, a zoom) leave no
 * trace in the history. Does nothing where the address has gone elsewhere: the event that says so comes later,
 * and what a view that is being left still writes would lead back to it.
 */
export function setQuery(patch: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = route.peek();
  const here = parseHash(location.hash);
  if (here.path.join("/") !== path.join("/")) return;
  const next: Record<string, string> = { ...query };
  for (const [name, value] of Object.entries(patch))
    if (value === undefined) delete next[name];
    else next[name] = value;
  const hash = hashOf({ path, query: next });
  if (hash === location.hash) return;
  history.replaceState(null, "", hash);
  route.value = { path, query: next };
}
