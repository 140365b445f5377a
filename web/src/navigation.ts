/**
 * Where the navigation leads: to each view as it was left, with the study, the network and the device
 * that are looked at now.
 */
import type { Route } from "./route.ts";

type Query = Route["query"];

/** What Design and GPU both have in their addresses. */
const SHARED = ["network", "device", "precision", "batch", "host"] as const;
const PREDICTING: readonly string[] = ["design", "gpu"];

export class Places {
  readonly #last = new Map<string, Route>();
  #current = "";
  #study: string | undefined;
  #shared: Query = {};

  /** Told of every address that is shown. */
  see(route: Route): void {
    const [view = "", study] = route.path;
    this.#current = view;
    this.#last.set(view, route);
    if ((view === "front" || view === "studies") && /^\d+$/.test(study ?? "")) this.#study = study;
    if (!PREDICTING.includes(view)) return;
    this.#shared = sharedOf(route.query);
    this.#study = studyOf(this.#shared.network) ?? this.#study;
  }

  /** Where a view's link leads; from the view itself to its beginning. */
  to(view: string): Route {
    const own = view === this.#current;
    const last = this.#last.get(view);
    if (PREDICTING.includes(view)) {
      const same = last !== undefined && equal(sharedOf(last.query), this.#shared);
      return same && !own ? last : { path: [view], query: this.#shared };
    }
    if (view === "front") return this.#toFront(own ? undefined : last);
    return (own ? undefined : last) ?? { path: [view], query: {} };
  }

  #toFront(last: Route | undefined): Route {
    if (this.#study === undefined) return last ?? { path: ["front"], query: {} };
    if (last?.path[1] === this.#study) return last;
    const { network } = this.#shared;
    const picked = this.#current !== "front" && studyOf(network) === this.#study;
    return {
      path: ["front", this.#study],
      query: picked ? { pick: network!.split(":")[2]! } : {},
    };
  }
}

/** The number of the study whose trial the network is. */
function studyOf(network: string | undefined): string | undefined {
  return /^study:(\d+):\d+$/.exec(network ?? "")?.[1];
}

function sharedOf(query: Query): Query {
  return Object.fromEntries(
    SHARED.flatMap((key) => (query[key] === undefined ? [] : [[key, query[key]]])),
  );
}

const equal = (a: Query, b: Query) => SHARED.every((key) => a[key] === b[key]);
