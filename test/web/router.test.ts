import { beforeEach, expect, it, vi } from "vitest";

/** What is used of it; its own types are a browser's. */
interface Router {
  readonly route: { readonly value: unknown };
  go(path: readonly string[]): void;
  setQuery(patch: Readonly<Record<string, string | undefined>>): void;
}

const FILE = "../../web/src/router.ts";
let router: Router;
let location: { hash: string };
let arrived: () => void;

/** An address as a browser has it: set at once, told of later. */
beforeEach(async () => {
  vi.resetModules();
  location = { hash: "#/front/1?pick=7" };
  vi.stubGlobal("location", location);
  vi.stubGlobal("addEventListener", (_: string, listener: () => void) => {
    arrived = listener;
  });
  vi.stubGlobal("history", {
    replaceState: (_: unknown, __: string, hash: string) => {
      location.hash = hash;
    },
  });
  router = (await import(FILE)) as Router;
  return () => vi.unstubAllGlobals();
});

it("changes the query in place, and takes parts of it out", () => {
  router.setQuery({ zoom: "1~2", pick: undefined });
  expect(location.hash).toBe("#/front/1?zoom=1%7E2");
  expect(router.route.value).toEqual({ path: ["front", "1"], query: { zoom: "1~2" } });
});

it("leaves an address alone that leads elsewhere already", () => {
  router.go(["front", "2"]);
  router.setQuery({ zoom: "1~2" });
  expect(location.hash).toBe("#/front/2");
  arrived();
  expect(router.route.value).toEqual({ path: ["front", "2"], query: {} });
});
