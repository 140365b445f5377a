import { expect, it } from "vitest";
import { Places } from "../../web/src/navigation.ts";
import { pageTitle } from "../../web/src/page-title.ts";

const at = (path: string, query: Record<string, string> = {}) => ({
  path: path.split("/"),
  query,
});

it("leads back to each view as it was left, and to the beginning of the one shown", () => {
  const places = new Places();
  places.see(at("studies", { q: "x", sort: "trials" }));
  expect(places.to("studies")).toEqual(at("studies"));
  expect(places.to("front")).toEqual(at("front"));
  places.see(at("studies/4"));
  expect(places.to("front")).toEqual(at("front/4"));
  places.see(at("front/3", { x: "params", pick: "7" }));
  expect(places.to("front")).toEqual(at("front/3"));
  expect(places.to("studies")).toEqual(at("studies/4"));
  places.see(at("design", { network: "zoo:resnet18" }));
  expect(places.to("front")).toEqual(at("front/3", { x: "params", pick: "7" }));
  places.see(at("measure"));
  expect(places.to("design")).toEqual(at("design", { network: "zoo:resnet18" }));
  expect(places.to("measure")).toEqual(at("measure"));
});

it("takes network and device along between the views that predict", () => {
  const places = new Places();
  const board = { network: "study:3:17", device: "t4", precision: "fp16", batch: "8" };
  places.see(at("gpu", { ...board, t: "0-5", kernel: "2" }));
  expect(places.to("design")).toEqual(at("design", board));
  expect(places.to("front")).toEqual(at("front/3", { pick: "17" }));
  places.see(at("design", { ...board, open: "layer1" }));
  // What was looked at is still there.
  expect(places.to("gpu")).toEqual(at("gpu", { ...board, t: "0-5", kernel: "2" }));
  expect(places.to("design")).toEqual(at("design", board));
  places.see(at("design", { ...board, device: "v100-pcie", open: "layer1" }));
  // A kernel of another device is no kernel of this one.
  expect(places.to("gpu")).toEqual(at("gpu", { ...board, device: "v100-pcie" }));
  places.see(at("front/5"));
  expect(places.to("front")).toEqual(at("front/5"));
  expect(places.to("gpu").query.network).toBe("study:3:17");
});

it("names the study or the network, and the view", () => {
  const studies = [{ id: 3, name: "cells" }];
  const title = (path: string, view: string, query = {}) =>
    pageTitle(at(path, query), view, studies);
  expect(title("studies", "Studies")).toBe("Studies – Tidemark");
  expect(title("studies/3", "Studies")).toBe("cells – Studies – Tidemark");
  expect(title("front/9", "Front")).toBe("9 – Front – Tidemark");
  expect(title("gpu", "GPU", { network: "study:3:17" })).toBe("trial 17 of cells – GPU – Tidemark");
  expect(title("design", "Design", { network: "zoo:mobilenet_v2:width=0.5" })).toBe(
    "mobilenet_v2:width=0.5 – Design – Tidemark",
  );
  expect(pageTitle(at("nowhere"), undefined, [])).toBe("Tidemark");
});
