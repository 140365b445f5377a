import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compoundLayout } from "../../../web/src/graph-view/layout/compound.ts";
import { layered } from "../../../web/src/graph-view/layout/layered.ts";
import { crossings, orderRows } from "../../../web/src/graph-view/layout/order.ts";
import { ranksOf } from "../../../web/src/graph-view/layout/rank.ts";
import { rowsOf } from "../../../web/src/graph-view/layout/rows.ts";
import { separate } from "../../../web/src/graph-view/layout/separate.ts";
import { groupsOf, type Outline } from "../../../web/src/graph-view/outline.ts";
import { boxAt, type Scene } from "../../../web/src/graph-view/scene.ts";
import { dag, digraph } from "./graphs.ts";

describe("ranks", () => {
  it("put what reads below what it reads, and turn no edge of a graph without cycles", () => {
    fc.assert(
      fc.property(dag, ({ count, edges }) => {
        const { rank, backward } = ranksOf(count, edges);
        expect(backward).toEqual(edges.map(() => false));
        for (const [a, b] of edges) expect(rank[b]!).toBeGreaterThan(rank[a]!);
      }),
    );
  });

  it("break cycles by turning edges", () => {
    fc.assert(
      fc.property(digraph, ({ count, edges }) => {
        const { rank, backward } = ranksOf(count, edges);
        edges.forEach(([a, b], e) => {
          if (backward[e]) expect(rank[a]!).toBeGreaterThan(rank[b]!);
          else expect(rank[b]!).toBeGreaterThan(rank[a]!);
        });
      }),
    );
  });
});

describe("order", () => {
  const places = (rows: readonly (readonly number[])[], total: number) => {
    const place = new Float64Array(total);
    for (const row of rows)
      row.forEach((v, i) => {
        place[v] = i;
      });
    return place;
  };

  it("counts crossings as pairs of edges do, and never ends with more than it began with", () => {
    fc.assert(
      fc.property(dag, ({ count, edges }) => {
        const { rank } = ranksOf(count, edges);
        const rows = rowsOf(count, edges, rank);
        const { below, total } = rows;
        const brute = () => {
          const place = places(rows.rows, total);
          let n = 0;
          for (const row of rows.rows)
            for (const a of row)
              for (const b of row)
                if (place[a]! < place[b]!)
                  for (const c of below[a]!)
                    for (const d of below[b]!) if (place[c]! > place[d]!) n++;
          return n;
        };
        const before = brute();
        expect(crossings(rows.rows, below, places(rows.rows, total))).toBe(before);
        orderRows(rows);
        expect(brute()).toBeLessThanOrEqual(before);
      }),
    );
  });
});

describe("separate", () => {
  it("keeps order and distance, and no single step would come nearer to what is wanted", () => {
    const row = fc.array(
      fc.record({
        wanted: fc.integer({ min: -100, max: 100 }),
        apart: fc.integer({ min: 1, max: 30 }),
        weight: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(row, (nodes) => {
        const [wanted, apart, weight] = (["wanted", "apart", "weight"] as const).map((key) =>
          nodes.map((n) => n[key]),
        ) as [number[], number[], number[]];
        const x = separate(wanted, apart, weight);
        const cost = (at: ArrayLike<number>) =>
          wanted.reduce((sum, w, i) => sum + weight[i]! * (at[i]! - w) ** 2, 0);
        const valid = (at: ArrayLike<number>) =>
          apart.slice(0, -1).every((d, i) => at[i + 1]! - at[i]! >= d - 1e-9);
        expect(valid(x)).toBe(true);
        // The problem is convex: a shift of any run that is still valid must not be cheaper.
        for (let i = 0; i < x.length; i++)
          for (let j = i + 1; j <= x.length; j++)
            for (const step of [-0.01, 0.01]) {
              const moved = Float64Array.from(x, (v, k) => (k >= i && k < j ? v + step : v));
              if (valid(moved)) expect(cost(moved)).toBeGreaterThanOrEqual(cost(x) - 1e-6);
            }
      }),
    );
  });
});

describe("layered", () => {
  it("lets no boxes overlap and joins every edge to its boxes", () => {
    fc.assert(
      fc.property(dag, ({ count, edges }) => {
        const boxes = Array.from({ length: count }, (_, i) => ({
          width: 40 + 17 * (i % 5),
          height: 20 + 7 * (i % 3),
        }));
        const { x, y, routes, width, height } = layered(boxes, edges);
        for (let a = 0; a < count; a++) {
          expect(x[a]!).toBeGreaterThanOrEqual(-1e-6);
          expect(x[a]! + boxes[a]!.width).toBeLessThanOrEqual(width + 1e-6);
          expect(y[a]! + boxes[a]!.height).toBeLessThanOrEqual(height + 1e-6);
          for (let b = 0; b < a; b++) {
            const apart =
              x[a]! + boxes[a]!.width <= x[b]! + 1e-6 ||
              x[b]! + boxes[b]!.width <= x[a]! + 1e-6 ||
              y[a]! + boxes[a]!.height <= y[b]! + 1e-6 ||
              y[b]! + boxes[b]!.height <= y[a]! + 1e-6;
            expect(apart).toBe(true);
          }
        }
        edges.forEach(([a, b], e) => {
          const route = routes[e]!;
          expect(route[0]).toBeCloseTo(x[a]! + boxes[a]!.width / 2, 6);
          expect(route[1]).toBeCloseTo(y[a]! + boxes[a]!.height, 6);
          expect(route.at(-2)).toBeCloseTo(x[b]! + boxes[b]!.width / 2, 6);
          expect(route.at(-1)).toBeCloseTo(y[b]!, 6);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("compound layout", () => {
  const network = dag.chain(({ count, edges }) =>
    fc
      .record({
        paths: fc.array(fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }), {
          minLength: count,
          maxLength: count,
        }),
        open: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      })
      .map(({ paths, open }) => {
        const { groups, groupOf } = groupsOf(paths);
        const outline: Outline = {
          kinds: paths.map(() => "node"),
          places: Int32Array.from(paths.keys()),
          names: paths.map((_, i) => `n${i}`),
          groupOf,
          groups,
          edges: Int32Array.from(edges.flat()),
          constants: 0,
          grouping: "names",
        };
        return { outline, open: Uint8Array.from(groups, (_, g) => (open[g] ? 1 : 0)) };
      }),
  );
  const boxOf = ({ boxes }: Scene, i: number) => boxes.subarray(4 * i, 4 * i + 4);
  const holds = (outer: Float32Array, inner: Float32Array) =>
    inner[0]! >= outer[0]! - 0.01 &&
    inner[1]! >= outer[1]! - 0.01 &&
    inner[0]! + inner[2]! <= outer[0]! + outer[2]! + 0.01 &&
    inner[1]! + inner[3]! <= outer[1]! + outer[3]! + 0.01;

  it("shows each item once: itself, or the closed group that hides it; frames hold their content", () => {
    fc.assert(
      fc.property(network, ({ outline, open }) => {
        const scene = compoundLayout(outline, open);
        const items = outline.kinds.length;
        const places = new Map(Array.from(scene.entities, (entity, i) => [entity, i]));
        expect(places.size).toBe(scene.entities.length);
        const hidden = (g: number): boolean =>
          g >= 0 && (!open[g] || hidden(outline.groups[g]!.parent));
        outline.groupOf.forEach((g, i) => {
          expect(places.has(i)).toBe(!hidden(g));
        });
        outline.groups.forEach(({ parent }, g) => {
          const place = places.get(items + g);
          expect(place !== undefined).toBe(!hidden(parent));
          if (place !== undefined) expect(scene.frames[place]).toBe(open[g]);
        });
        for (const [entity, place] of places) {
          const parent =
            entity < items ? outline.groupOf[entity]! : outline.groups[entity - items]!.parent;
          if (parent < 0) continue;
          expect(holds(boxOf(scene, places.get(items + parent)!), boxOf(scene, place))).toBe(true);
          expect(places.get(items + parent)!).toBeLessThan(place);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("links what is visible exactly as the edges below it do, and finds each box at its middle", () => {
    fc.assert(
      fc.property(network, ({ outline, open }) => {
        const scene = compoundLayout(outline, open);
        const items = outline.kinds.length;
        const shown = (item: number): number => {
          let out = item;
          for (let g = outline.groupOf[item]!; g >= 0; g = outline.groups[g]!.parent)
            if (!open[g]) out = items + g;
          return out;
        };
        const wanted = new Set<string>();
        for (let e = 0; e < outline.edges.length; e += 2) {
          const [a, b] = [shown(outline.edges[e]!), shown(outline.edges[e + 1]!)];
          if (a !== b) wanted.add(`${a}-${b}`);
        }
        const found: string[] = [];
        for (let l = 0; l < scene.links.length; l += 2)
          found.push(`${scene.links[l]}-${scene.links[l + 1]}`);
        expect(found.toSorted()).toEqual([...wanted].sort());
        scene.entities.forEach((_, i) => {
          if (scene.frames[i]) return;
          const [x, y, w, h] = boxOf(scene, i) as unknown as [number, number, number, number];
          expect(boxAt(scene, x + w / 2, y + h / 2)).toBe(i);
        });
      }),
      { numRuns: 80 },
    );
  });
});
