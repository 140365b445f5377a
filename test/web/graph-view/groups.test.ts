import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathOfName, pathsByName } from "../../../web/src/graph-view/name-groups.ts";
import { groupsOf } from "../../../web/src/graph-view/outline.ts";
import { blocksOf } from "../../../web/src/graph-view/structure-groups.ts";
import { dag } from "./graphs.ts";

describe("groups by name", () => {
  it("reads the ways in which exporters write modules", () => {
    expect(pathOfName("/layer1/layer1.0/conv1/Conv")).toEqual(["layer1", "layer1.0", "conv1"]);
    expect(pathOfName("layer1.0.conv1")).toEqual(["layer1", "layer1.0"]);
    expect(pathOfName("model/block/Conv2D")).toEqual(["model", "block"]);
    expect(pathOfName("Conv_17")).toEqual([]);
    expect(pathOfName("/Relu")).toEqual([]);
    expect(pathOfName("")).toEqual([]);
  });

  it("finds none where most names have no path", () => {
    expect(pathsByName(["Conv_0", "Relu_1", "a/b"])).toBeUndefined();
    expect(pathsByName([])).toBeUndefined();
  });

  it("makes no group of a few nodes, of everything, or around one group alone", () => {
    const { groups, groupOf } = groupsOf([
      ["net", "a", "x"],
      ["net", "a", "x"],
      ["net", "a", "x"],
      ["net", "b"],
      ["net", "b"],
    ]);
    expect(groups.map(({ path }) => path)).toEqual(["net/a/x"]);
    expect([...groupOf]).toEqual([0, 0, 0, -1, -1]);
  });

  it("keeps every item in exactly the groups of its path", () => {
    const name = fc.constantFrom("a", "b", "c");
    fc.assert(
      fc.property(fc.array(fc.array(name, { maxLength: 4 }), { maxLength: 40 }), (paths) => {
        const { groups, groupOf } = groupsOf(paths);
        const sizes = groups.map(() => 0);
        groupOf.forEach((own, i) => {
          for (let g = own; g >= 0; g = groups[g]!.parent) {
            sizes[g]!++;
            expect(paths[i]!.join("/").startsWith(groups[g]!.path)).toBe(true);
            expect(groups[g]!.parent).toBeLessThan(g);
          }
        });
        expect(sizes).toEqual(groups.map(({ size }) => size));
      }),
    );
  });
});

describe("blocks by structure", () => {
  it("cuts exactly where at most one value crosses", () => {
    fc.assert(
      fc.property(dag, ({ count, edges }) => {
        const blocks = blocksOf(count, edges);
        const cuts = new Set(blocks.map(([, to]) => to));
        for (let at = 1; at <= count; at++) {
          const crossing = new Set(edges.flatMap(([a, b]) => (a < at && b >= at ? [a] : [])));
          expect(cuts.has(at)).toBe(crossing.size <= 1);
        }
      }),
    );
  });
});
